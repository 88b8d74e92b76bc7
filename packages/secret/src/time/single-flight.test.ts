import { expect, it } from 'vitest'
import { singleFlight } from '../internal.ts'
import { SingleFlights } from '../index.ts'

/** Work whose runs end when the test ends them. */
function heldWork() {
  const ends: PromiseWithResolvers[] = []
  return {
    ends,
    work: (name = '') =>
      new Promise<string>((resolve, reject) => {
        ends.push({
          resolve: () => {
            resolve(`${name}${ends.length}`)
          },
          reject,
        })
      }),
  }
}
interface PromiseWithResolvers {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

it('calls during one run share its result, and the next call runs anew', async () => {
  const { ends, work } = heldWork()
  const run = singleFlight(work)
  const both = Promise.all([run('a'), run('b')])
  ends[0]?.resolve()
  expect(await both).toEqual(['a1', 'a1'])
  const later = run('c')
  ends[1]?.resolve()
  expect(await later).toBe('c2')
})

it('calls during one run share its failure, and the next call runs anew', async () => {
  const { ends, work } = heldWork()
  const run = singleFlight(work)
  const both = Promise.allSettled([run(), run()])
  const reason = new Error('no')
  ends[0]?.reject(reason)
  expect(await both).toEqual([
    { status: 'rejected', reason },
    { status: 'rejected', reason },
  ])
  const later = run()
  ends[1]?.resolve()
  expect(await later).toBe('2')
})

it('work that throws at once leaves no flight behind', async () => {
  let calls = 0
  const run = singleFlight((): Promise<number> => {
    calls += 1
    if (calls === 1) throw new Error('at once')
    return Promise.resolve(calls)
  })
  expect(run).toThrow('at once')
  expect(await run()).toBe(2)
})

it('each key has its own flight, and a flight that was left is not joined again', async () => {
  const { ends, work } = heldWork()
  const flights = new SingleFlights<string, string>()
  const [first, other] = [flights.join('a', work), flights.join('b', work)]
  flights.leave('a')
  const second = flights.join('a', work)
  expect(second).not.toBe(first)
  ends[0]?.resolve()
  await first
  expect(flights.join('a', work)).toBe(second)
  ends[1]?.resolve()
  ends[2]?.resolve()
  await Promise.all([second, other])
  expect(ends).toHaveLength(3)
})
