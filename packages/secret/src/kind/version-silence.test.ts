import { expect, it } from 'vitest'
import { createFakeClock, Secret, SecretError, type SecretVersion } from '../index.ts'
import type { FakeClock } from '../internal.ts'
import { type Answer, type Fleet, waitForSilence } from './internal.ts'
import type { StepContext } from './index.ts'

const HOUR_MS = 3_600_000
const POLL_MS = 1_000
const value = Secret.of('a text', 'TEXT_ALPHA')
const old: SecretVersion = {
  ...{ name: 'TEXT_ALPHA', version: '1', stage: 'previous', value, sensitive: [value] },
}

/** A replica that has this version as the current one, and has not used the old version since it was started. */
function replicaWith(current: string, n = 1): Answer {
  const healthUrl = `http://10.0.0.${n}:9090`
  const usage = { since: 1, versions: [], holding: {} }
  const versions = [{ stage: 'current', version: current }]
  const ack = { replica: `alpha-${n}`, usage, versions } as never
  return { replica: { service: 'alpha', url: '', healthUrl }, ack }
}

function fleetOf(answers: () => Answer[]): Fleet {
  return {
    replicas: () => Promise.resolve([]),
    acknowledgements: () => Promise.resolve(answers()),
  }
}

const START_MS = createFakeClock().elapsed()
/** How long a clock has gone, in milliseconds. */
const passed = (clock: FakeClock) => clock.elapsed() - START_MS

/** Runs that share one journal and one clock; each ends when it is cancelled, or with the validation period. */
function newRuns(
  clock: FakeClock,
  fleet = fleetOf(() => [replicaWith('2')]),
  save = () => Promise.resolve(),
) {
  let progress: unknown
  return (signal: AbortSignal = new AbortController().signal) => {
    const context = {
      ...{ clock, signal, progress, compromised: false, waiting: () => undefined },
      saveProgress: (next: unknown) => save().then(() => void (progress = next)),
    } as Partial<StepContext> as StepContext
    const times = { validationMs: 60_000, deadlineMs: 10_000, pollMs: POLL_MS }
    const options = { ...times, fleet, service: 'alpha', secret: 'TEXT_ALPHA' }
    const state = { endedAt: Infinity }
    const run = waitForSilence(old, options, context)
    void run.then(() => (state.endedAt = passed(clock))).catch(() => undefined)
    return { run, state }
  }
}

it.each([HOUR_MS, -HOUR_MS])(
  'R35 the validation period ends neither early nor late when the wall clock is set by %i ms, also if another run finishes it',
  async (byMs) => {
    const clock = createFakeClock()
    const newRun = newRuns(clock)
    const pass = async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) await clock.advance(1_000)
    }
    const cancel = new AbortController()
    const first = newRun(cancel.signal)
    await pass(20)
    clock.jump(byMs)
    await pass(20)
    cancel.abort(new SecretError('unreachable', 'the run is over'))
    await expect(first.run).rejects.toThrow('the run is over')
    await pass(5)
    const { state } = newRun()
    await pass(60)
    expect(state.endedAt).toBeGreaterThanOrEqual(60_000)
    expect(state.endedAt).toBeLessThan(60_000 + 2 * POLL_MS)
  },
)

it('R45 replicas that come more often than the validation period lasts, with the new version as their own, do not hold it up', async () => {
  const clock = createFakeClock()
  const fleet = fleetOf(() =>
    Array.from({ length: 1 + passed(clock) / 5_000 }, (_, n) => replicaWith('2', n)),
  )
  const { state } = newRuns(clock, fleet)()
  for (let second = 0; second < 65; second += 1) await clock.advance(1_000)
  expect(state.endedAt).toBeLessThan(60_000 + 2 * POLL_MS)
})

it('R45 a replica that comes with the old version as its own is watched for the whole validation period', async () => {
  const clock = createFakeClock()
  const late = () => (passed(clock) < 5_000 ? [] : [replicaWith('1', 2)])
  const { state } = newRuns(
    clock,
    fleetOf(() => [replicaWith('2'), ...late()]),
  )()
  for (let second = 0; second < 69; second += 1) await clock.advance(1_000)
  expect(state.endedAt).toBeGreaterThanOrEqual(65_000)
  expect(state.endedAt).toBeLessThan(65_000 + 2 * POLL_MS)
})

it.each<[string, (answer: Answer) => Answer]>([
  ['does not answer once', (answer) => ({ ...answer, ack: undefined })],
  [
    'is restarted, and with that counts from zero,',
    ({ ack, ...answer }) => ({
      ...answer,
      ack: ack && { ...ack, usage: { ...ack.usage, since: 2 } },
    }),
  ],
])('a replica that %s breaks the silence: it may have used the old version', async (_, change) => {
  const clock = createFakeClock()
  const isThen = () => passed(clock) >= 5_000 && passed(clock) < 6_000
  const fleet = fleetOf(() => [isThen() ? change(replicaWith('2')) : replicaWith('2')])
  const { state } = newRuns(clock, fleet)()
  for (let second = 0; second < 69; second += 1) await clock.advance(1_000)
  expect(state.endedAt).toBeGreaterThanOrEqual(65_000)
  expect(state.endedAt).toBeLessThan(66_000 + 2 * POLL_MS)
})

it('R63 a validation period outlives a journal that fails two of five times, and a fleet that cannot be listed', async () => {
  const clock = createFakeClock()
  let calls = 0
  const fails = (everyOf: number) => (calls += 1) % everyOf < 2
  const unreachable = () => Promise.reject(new SecretError('unreachable', 'throttled'))
  const fleet: Fleet = {
    replicas: () => Promise.resolve([]),
    acknowledgements: () => (fails(5) ? unreachable() : Promise.resolve([replicaWith('2')])),
  }
  const { state } = newRuns(clock, fleet, () => (fails(5) ? unreachable() : Promise.resolve()))()
  for (let second = 0; second < 70; second += 1) await clock.advance(1_000)
  expect(state.endedAt).toBeGreaterThanOrEqual(60_000)
  expect(state.endedAt).toBeLessThan(70_000)
})
