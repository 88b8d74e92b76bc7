import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { createFakeClock, pendingWaits, within } from './index.ts'

const never = () => new Promise<never>(() => undefined)

it('ends a wait at its deadline and names what was waited for, even if the work ignores its signal', async () => {
  const clock = createFakeClock()
  const outcome = within({ what: 'an answer of the store', limitMs: 5_000, clock }, never)
  const failed = expect(outcome).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining(
      'an answer of the store did not come within 5000 ms',
    ) as string,
    details: { reason: 'timeout', waitedFor: 'an answer of the store', limitMs: 5_000 },
  })
  await clock.advance(5_000)
  await failed
})

it('ends a wait at its deadline after the garbage has been collected', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const signal = new AbortController().signal
  const outcome = within({ what: 'nothing', limitMs: 300, signal }, never)
  const churn = setInterval(collect, 20)
  await expect(outcome).rejects.toMatchObject({ code: 'unreachable' })
  clearInterval(churn)
})

it('ends a wait with the reason of the signal, and aborts the work', async () => {
  const stop = new AbortController()
  const reason = new Error('stopped')
  let seen: unknown
  const outcome = within({ what: 'nothing', limitMs: 5_000, signal: stop.signal }, (signal) => {
    signal.addEventListener('abort', () => {
      seen = signal.reason
    })
    return never()
  })
  stop.abort(reason)
  await expect(outcome).rejects.toBe(reason)
  expect(seen).toBe(reason)
})

it('lists what is waited for while it is waited for, the longest wait first', async () => {
  const clock = createFakeClock()
  const answers: ((text: string) => void)[] = []
  const wait = (what: string) =>
    within({ what, limitMs: 10_000, clock }, () => new Promise<string>((r) => answers.push(r)))
  const first = wait('the first')
  await clock.advance(2_000)
  const second = wait('the second')
  await clock.advance(1_000)
  expect(pendingWaits()).toEqual([
    { what: 'the first', sinceMs: 3_000, limitMs: 10_000 },
    { what: 'the second', sinceMs: 1_000, limitMs: 10_000 },
  ])
  for (const answer of answers) answer('here')
  await expect(Promise.all([first, second])).resolves.toEqual(['here', 'here'])
  expect(pendingWaits()).toEqual([])
})
