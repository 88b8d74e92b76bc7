import { expect, it, onTestFinished, vi } from 'vitest'
import { createFleet } from '../engine/index.ts'

const PLACES = 256
const QUIET_MS = 250
const replicas = Array.from({ length: 800 }, (_, n) => {
  const url = `http://replica-${n}:9090`
  return { service: 'beta', url, healthUrl: url }
})

/** Asks all replicas, of which each waits until it is answered. */
function ask() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const asked: ((response: Response) => void)[] = []
  const fetch = () => new Promise<Response>((resolve) => asked.push(resolve))
  const stop = new AbortController()
  const fleet = createFleet(replicas, { fetch })
  const answers = fleet.acknowledgements({ service: 'beta', secret: 'A' }, stop.signal)
  onTestFinished(async () => {
    stop.abort(new Error('the test is over'))
    await expect(answers).rejects.toThrow('the test is over')
  })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  return { asked, turn }
}

it('asks no more replicas at once than it has places, and the next as soon as one has answered', async () => {
  const { asked, turn } = ask()
  await turn()
  expect(asked).toHaveLength(PLACES)
  for (const answer of asked.slice(0, 10)) answer(new Response(null, { status: 503 }))
  await turn()
  expect(asked).toHaveLength(PLACES + 10)
})

it('R48 asks the others when replicas are quiet, as many in a time as there are places', async () => {
  const { asked, turn } = ask()
  await turn()
  for (let quiet = 1; quiet <= 2; quiet += 1) {
    await vi.advanceTimersByTimeAsync(QUIET_MS)
    await turn()
    expect(asked).toHaveLength(PLACES * (quiet + 1))
  }
})
