import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { MessageChannel, Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { createFakeClock, within } from '../index.ts'
import { pendingWaits } from '../internal.ts'

const never = () => new Promise<never>(() => undefined)

it('ends a wait at its deadline and names what was waited for, even if the work ignores its signal', async () => {
  const clock = createFakeClock()
  const outcome = within({ what: 'an answer of the store', limitMs: 5_000, clock }, never)
  const failed = expect(outcome).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining(
      'timed out after 5 s waiting for an answer of the store',
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

it('takes an answer that came in time to a process that stood still beyond the deadline', async () => {
  const answering = new Worker(
    "require('node:worker_threads').parentPort.once('message', (port) => setTimeout(() => port.postMessage('here'), 50))",
    { eval: true },
  )
  await once(answering, 'online')
  const { port1, port2 } = new MessageChannel()
  answering.postMessage(port2, [port2])
  const outcome = within({ what: 'an answer', limitMs: 200 }, () => once(port1, 'message'))
  // As when the process is suspended: timers are over, and what came meanwhile lies unread.
  await setTimeout(20)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500)
  expect(await outcome).toEqual(['here'])
  port1.close()
  await answering.terminate()
})

it('ends a wait soon after a process that stood still goes on, if nothing came', async () => {
  const startedAt = performance.now()
  const outcome = within({ what: 'an answer', limitMs: 200 }, never)
  const failed = expect(outcome).rejects.toMatchObject({ code: 'unreachable' })
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500)
  await failed
  expect(performance.now() - startedAt).toBeLessThan(10_000)
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
