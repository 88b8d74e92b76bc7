import { expect, it } from 'vitest'
import { createFakeClock } from '../index.ts'
import type { StepContext } from './index.ts'
import { type Answer, awaitBarrier, type Fleet, reaches } from './internal.ts'

const VERSION = { version: '2' }

/** The answer of a replica that has loaded these versions; of one that does not answer, without. */
function answerOf(n: number, loaded?: readonly string[]): Answer {
  const versions = loaded?.map((version) => ({ stage: 'pending', version }))
  const replica = { service: 'shop', url: '', healthUrl: `http://10.0.0.${n}:9090` }
  return { replica, ack: versions && ({ versions } as never) }
}

/** Waits until all have loaded the version; each look takes the next answers, and the last ones for good. */
async function awaitLoaded(looks: readonly (readonly Answer[])[]) {
  const clock = createFakeClock()
  let taken = 0
  const fleet: Fleet = {
    replicas: () => Promise.resolve([]),
    acknowledgements: ({ known }) => {
      const answers = looks[Math.min(taken, looks.length - 1)] ?? []
      taken += 1
      return Promise.resolve(
        answers.map((answer) => known?.get(answer.replica.healthUrl) ?? answer),
      )
    },
  }
  const { signal } = new AbortController()
  const context = { clock, signal, compromised: false, waiting: () => undefined }
  const times = { fleet, secret: 'KEY', deadlineMs: 2_000, pollMs: 100 }
  const condition = { ...times, service: 'shop', what: 'load it', ...reaches('loaded', VERSION) }
  const state = { isOver: false }
  const end = () => void (state.isOver = true)
  const wait = awaitBarrier(condition, context as Partial<StepContext> as StepContext)
  wait.then(end, end)
  while (!state.isOver) {
    await new Promise(setImmediate)
    await clock.advance(100)
  }
  await wait
  return taken
}

it('a barrier holds for the replicas of its end: one that was there before, and is restarted without the version, is waited for', async () => {
  const [there, late] = [answerOf(1, ['1', '2']), answerOf(2, ['1'])]
  const [restarted, caughtUp] = [answerOf(1, ['1']), answerOf(2, ['1', '2'])]
  const all = [there, caughtUp]
  expect(await awaitLoaded([[there, late], all, [restarted, caughtUp], all])).toBe(5)
})

it('a replica that is listed and does not answer is not there', async () => {
  const waiting = awaitLoaded([[answerOf(1, ['2']), answerOf(2)]])
  await expect(waiting).rejects.toMatchObject({
    code: 'unreachable',
    details: { absent: 'http://10.0.0.2:9090' },
  })
})
