import { rotate } from '../engine/rotate.ts'
import { SecretError } from '@rekey/secret'
import type { Answer } from '@rekey/secret/internal/kind'
import { expect, it } from 'vitest'
import { HOUR_MS, setUp } from '../../test/commands/due-family.support.ts'
import { control, type Control } from './control.ts'
import { createControllerPrinter } from './controller-lines.ts'
import { controllerRoutes, newState } from './controller-routes.ts'
import { problemsOf } from './problems.ts'
import { type Stuck, TurnLedger } from './turn-ledger.ts'

type Fixture = ReturnType<typeof setUp>

/** Lets virtual time pass until it is so. */
async function until({ clock }: Fixture, isSo: () => boolean): Promise<void> {
  for (let step = 0; step < 5_000 && !isSo(); step += 1) await clock.advance(5_000)
  expect(isSo()).toBe(true)
}

const session = (client: string, sessions: number) => ({ client, sessions })

/** Starts a controller of a family, as a process of its own would. */
function start({ run, context, clock }: Fixture, answers: readonly Answer[] = []) {
  const fleet = {
    acknowledgements: () => Promise.resolve([...answers]),
    replicas: () => Promise.resolve([]),
  }
  const stop = new AbortController()
  const { signal } = stop
  const stuck: Stuck[] = []
  const ledger = new TurnLedger(clock, (one) => stuck.push(one))
  const state = newState(ledger, clock)
  const printer = createControllerPrinter({ json: true }, context)
  const parts: Control = {
    ...{
      ...run,
      rotator: { ...run.rotator, fleet },
      printer,
      ledger,
      state,
      signal,
      clock,
      everyMs: 60_000,
      leaseMs: 60_000,
      atOnce: 2,
    },
  }
  const ended = control(parts).catch((error: unknown) => error)
  const metrics = async () => {
    const request = { headers: {}, signal, park: () => undefined }
    const { body = '' } = (await controllerRoutes(state).get('/metrics')?.(true, request)) ?? {}
    return body.split('\n')
  }
  return {
    ...{ stuck, state, metrics, ended },
    stop: () => {
      stop.abort(new Error('stopped'))
      return ended
    },
  }
}

it('rotates what is due, and what becomes due later', async () => {
  const fixture = setUp(['A', 'B'])
  const controller = start(fixture)
  const rotated = () =>
    fixture
      .outcomes()
      .filter((line) => line.endsWith('rotated'))
      .toSorted()
  await until(fixture, () => rotated().length === 2)
  fixture.clock.suspend(2 * HOUR_MS)
  await until(fixture, () => rotated().length === 4)
  expect(rotated()).toEqual(['A rotated', 'A rotated', 'B rotated', 'B rotated'])
  expect(await controller.metrics()).toContain(
    'rekey_rotation_turns_total{secret="A",outcome="rotated"} 2',
  )
  expect(await controller.stop()).toMatchObject({ message: 'stopped' })
})

it('gives how old each secret is, and how long the replicas took for each step, as metrics', async () => {
  const fixture: Fixture = setUp(['A'], () => fixture.clock.sleep(90_000))
  const madeAt = (fixture.clock.now() - 2 * HOUR_MS) / 1_000
  const controller = start(fixture)
  const created = 'rekey_rotation_created_timestamp_seconds{secret="A",kind="text"}'
  await until(fixture, () => controller.state.ages().length > 0)
  expect(await controller.metrics()).toContain(`${created} ${madeAt}`)
  await until(fixture, () => fixture.outcomes().includes('A rotated'))
  const lines = await controller.metrics()
  const admit = 'kind="text",step="admit"'
  for (const line of [
    '# TYPE rekey_rotation_step_seconds histogram',
    `rekey_rotation_step_seconds_bucket{${admit},le="60"} 0`,
    `rekey_rotation_step_seconds_bucket{${admit},le="300"} 1`,
    `rekey_rotation_step_seconds_bucket{${admit},le="+Inf"} 1`,
    `rekey_rotation_step_seconds_count{${admit}} 1`,
    'rekey_rotation_absent_replicas{secret="A",kind="text"} 0',
  ]) {
    expect(lines).toContain(line)
  }
  const sum = lines.find((line) => line.startsWith(`rekey_rotation_step_seconds_sum{${admit}}`))
  expect(Number(sum?.split(' ').at(-1))).toBeGreaterThanOrEqual(90)
  await controller.stop()
  expect(controller.state.ages()).toEqual([])
})

it('gives for how many replicas a step waits as a metric, and nothing once it has ended', async () => {
  let admit: () => void = () => undefined
  const admitted = new Promise<void>((resolve) => (admit = resolve))
  const fixture = setUp(['A'], (_, context) => {
    context.waiting('waiting for 2 of 3 replicas to take the new key', [
      'http://till-2',
      'http://till-3',
    ])
    return admitted
  })
  const controller = start(fixture)
  const late = 'rekey_rotation_late_replicas{secret="A",kind="text",step="admit"}'
  await until(fixture, () => controller.state.ledger.waitOf('A') !== undefined)
  expect(await controller.metrics()).toContain(`${late} 2`)
  admit()
  await until(fixture, () => fixture.outcomes().includes('A rotated'))
  const lines = await controller.metrics()
  expect(lines.filter((line) => line.startsWith('rekey_rotation_late_replicas{'))).toEqual([])
  await controller.stop()
})

it('gives the sessions of each version as a metric; of a far side that gives no count, nothing', async () => {
  const fixture = setUp(['A', 'B'])
  const count = (n: number) => Promise.resolve([session('till', n), session('office', 1)])
  const refuse = () => Promise.reject(new SecretError('unreachable', 'no'))
  const [a, b] = fixture.run.rotator.kinds.values()
  Object.assign(a ?? {}, { countSessions: () => count(2) })
  Object.assign(b ?? {}, { countSessions: refuse })
  const controller = start(fixture)
  const ended = () => fixture.outcomes().filter((line) => line.endsWith('rotated'))
  await until(fixture, () => ended().length === 2)
  await until(fixture, () => controller.state.sessions[0]?.version !== undefined)
  await fixture.clock.advance(60_000)
  const { version } = (await fixture.store.read('A')).current
  const lines = await controller.metrics()
  expect(lines.filter((line) => line.startsWith('rekey_rotation_sessions{'))).toEqual([
    `rekey_rotation_sessions{secret="A",kind="text",version="${version}"} 3`,
  ])
  await controller.stop()
  expect(controller.state.sessions).toEqual([])
})

it('names what is stuck, tries it again after pauses, and rotates the others meanwhile', async () => {
  let isBroken = true
  const fixture = setUp(['A', 'B'], (name) =>
    name === 'A' && isBroken ? Promise.reject(new SecretError('refused', 'no')) : Promise.resolve(),
  )
  const controller = start(fixture)
  await until(fixture, () => fixture.outcomes().length === 2)
  expect(fixture.outcomes().toSorted()).toEqual(['A failed', 'B rotated'])
  expect(controller.stuck).toEqual([{ secret: 'A', exitCode: 5, tries: 1 }])
  expect(await controller.metrics()).toContain(
    'rekey_rotation_state{secret="A",kind="text",state="stuck"} 1',
  )
  const { state } = controller
  const problems = () => problemsOf({ state, now: fixture.clock.now() })
  const found = { about: 'secret', name: 'A', kind: 'text' }
  expect(problems()).toEqual([{ ...found, problem: 'stuck', next: 'rekey status' }])
  isBroken = false
  const failedAt = fixture.clock.elapsed()
  await until(fixture, () => fixture.outcomes().includes('A rotated'))
  expect(fixture.clock.elapsed() - failedAt).toBeGreaterThanOrEqual(55_000)
  expect(await controller.metrics()).toContain(
    'rekey_rotation_state{secret="A",kind="text",state="settled"} 1',
  )
  expect(problems()).toEqual([])
  expect(controller.state.hasLooked).toBe(true)
  await controller.stop()
  expect(controller.state.hasLooked).toBe(false)
})

it('names the secrets of which a replica masked a live version, while it leads', async () => {
  let admit: () => void = () => undefined
  const admitted = new Promise<void>((resolve) => (admit = resolve))
  const fixture = setUp(['A', 'B'], () => admitted)
  const [{ version }, replica] = [(await fixture.store.read('A')).current, 'till-1']
  const leaks = [{ version, encoding: 'hex', count: 2 }]
  const controller = start(fixture, [{ replica, ack: { replica, leaks } } as unknown as Answer])
  const { signal } = new AbortController()
  await until(fixture, () => controller.state.hasLooked)
  const before = await controller.state.askForLeaks(signal)
  expect([...before]).toEqual(['A'])
  admit()
  await until(fixture, () => fixture.outcomes().includes('A rotated'))
  // The version that leaked is no longer live.
  expect([...(await controller.state.askForLeaks(signal))]).toEqual([])
  await controller.stop()
  expect([...(await controller.state.askForLeaks(signal))]).toEqual([])
})

it('names the replicas that do not answer as soon as a rotation is stuck at them', async () => {
  const absent = 'http://10.0.0.3:9090'
  const fixture = setUp(['A'], () =>
    Promise.reject(new SecretError('unreachable', 'not yet', { absent })),
  )
  const controller = start(fixture)
  await until(fixture, () => controller.stuck.length > 0)
  expect(controller.stuck).toEqual([{ secret: 'A', exitCode: 4, tries: 1, absent }])
  expect(await controller.metrics()).toContain(
    'rekey_rotation_absent_replicas{secret="A",kind="text"} 1',
  )
  await controller.stop()
})

it('a rotation that waits for its replicas holds up no secret of another service', async () => {
  let release: () => void = () => undefined
  const answered = new Promise<void>((resolve) => (release = resolve))
  const fixture = setUp(['A', 'B', 'C'], (name) => (name === 'A' ? answered : Promise.resolve()))
  const controller = start(fixture)
  await until(fixture, () => fixture.outcomes().length === 2)
  fixture.clock.suspend(2 * HOUR_MS)
  await until(fixture, () => fixture.outcomes().length === 4)
  expect(fixture.outcomes().toSorted()).toEqual([
    ...['B rotated', 'B rotated', 'C rotated', 'C rotated'],
  ])
  expect(await controller.metrics()).toContain(
    'rekey_rotation_state{secret="A",kind="text",state="rotating"} 1',
  )
  release()
  await until(fixture, () => fixture.outcomes().includes('A rotated'))
  await controller.stop()
})

it('R7 of two controllers one works; the other takes over when that is stopped', async () => {
  const fixture = setUp(['A'])
  const first = start(fixture)
  await until(fixture, () => first.state.isLeading)
  const second = start(fixture)
  second.state.isFailing = true
  await until(fixture, () => fixture.lines().some(({ type }) => type === 'following'))
  expect(second.state).toMatchObject({ isLeading: false, isFailing: false })
  expect(await second.metrics()).toContain('rekey_controller_leading 0')
  await first.stop()
  await until(fixture, () => second.state.isLeading)
  fixture.clock.suspend(2 * HOUR_MS)
  await until(fixture, () => fixture.outcomes().length >= 2)
  expect(fixture.outcomes().every((line) => line === 'A rotated')).toBe(true)
  await second.stop()
})

it('R8 a controller whose lease was taken over while it stood still stops its work, and waits', async () => {
  const fixture = setUp(['A'])
  const first = start(fixture)
  await until(fixture, () => first.state.isLeading)
  fixture.clock.suspend(61_000)
  const other = await fixture.journal.claim('CONTROLLER', 'the other one', 120_000)
  await until(fixture, () => !first.state.isLeading)
  await until(fixture, () => fixture.lines().some(({ leader }) => leader === 'the other one'))
  await other.release()
  await until(fixture, () => first.state.isLeading)
  await first.stop()
})

it('R53 a controller from which an emergency takes a secret over leaves that one alone and goes on: it is neither stuck nor in a fight', async () => {
  const fixture: Fixture = setUp(['A', 'B'], (name) =>
    name === 'A' && !isUrgent ? fixture.clock.sleep(10 * HOUR_MS) : Promise.resolve(),
  )
  let isUrgent = false
  const controller = start(fixture)
  await until(fixture, () => fixture.outcomes().includes('B rotated'))
  isUrgent = true
  const { store, kinds } = fixture.run.rotator
  const [kind] = kinds.values()
  if (kind === undefined) throw new Error('no kind')
  const { journal, clock } = fixture
  const urgent = { store, journal, clock, holder: 'urgent', compromised: true }
  const { version } = await rotate(kind, urgent)
  await until(fixture, () => fixture.outcomes().includes('A failed'))
  const [failed] = fixture.lines().filter(({ outcome }) => outcome === 'failed')
  expect(failed).toMatchObject({ code: 'fenced', exitCode: 6, details: { emergency: 'urgent' } })
  await clock.advance(10 * 60_000)
  expect((await store.read('A')).current.version).toBe(version)
  expect([controller.state.ledger.stateOf('A'), controller.stuck]).toEqual(['settled', []])
  expect(controller.state.isLeading).toBe(true)
  clock.suspend(2 * HOUR_MS)
  await until(fixture, () => fixture.outcomes().includes('A rotated'))
  await controller.stop()
})

it('ends with the failure of a look, and names a secret that cannot be read once', async () => {
  const fixture = setUp(['A', 'B'])
  const { store } = fixture.run.rotator
  const read = (name: string) =>
    name === 'A' ? Promise.reject(new SecretError('forbidden', 'not yours')) : store.read(name)
  const rotator = { ...fixture.run.rotator, store: { ...store, read } }
  const unreadable = { ...fixture, run: { ...fixture.run, rotator } }
  const controller = start(unreadable)
  await until(fixture, () => fixture.outcomes().includes('B rotated'))
  fixture.clock.suspend(2 * HOUR_MS)
  await until(fixture, () => fixture.outcomes().length === 3)
  expect(fixture.lines().filter(({ code }) => code === 'forbidden')).toHaveLength(1)
  await controller.stop()
  const entries = () => Promise.reject(new SecretError('unreachable', 'down'))
  const deaf = {
    ...fixture.run,
    rotator: { ...fixture.run.rotator, journal: { ...fixture.journal, entries } },
  }
  expect(await start({ ...fixture, run: deaf }).ended).toMatchObject({
    code: 'unreachable',
  })
})
