import { expect, it } from 'vitest'
import { type Clock, createFakeClock, Secret, SecretError, type SecretVersion } from '../index.ts'
import { createFarSideRotation, type FarSide, type StepContext } from './index.ts'
import type { Answer, Fleet } from './internal.ts'
import { through } from '../../test/kind/through.support.ts'

const GAP_MS = 5_000
const versionOf = (stage: SecretVersion['stage'], version: string) => {
  const value = Secret.of(`value ${version}`, 'LICENCE_SHOP')
  return { name: 'LICENCE_SHOP', version, stage, value, sensitive: [value] }
}
const current = versionOf('current', '1')
const pending = versionOf('pending', '2')
const staged = { current, pending } as never

interface SetUp {
  readonly loaded?: readonly string[]
  readonly farSide?: Partial<FarSide>
  readonly compromised?: boolean
}

/** A far side that holds one value, one replica that has loaded some versions, and the context of a step. */
function setUp({ loaded = ['1', '2'], farSide = {}, compromised = false }: SetUp = {}) {
  const clock = createFakeClock()
  const state = { held: '1', begun: undefined as number | undefined, asked: 0 }
  const calls: string[] = []
  const slot: FarSide = {
    ...{ name: 'the register', noun: 'key', slots: 'one', gapMs: GAP_MS },
    plan: () => Promise.resolve({ generate: '', admit: 'it is set', revoke: '' }),
    add(versions) {
      calls.push('add')
      state.held = versions.pending.version
      return Promise.resolve()
    },
    accepts: (value) => Promise.resolve(value.expose() === `value ${state.held}`),
    remove: () => Promise.resolve(),
    withdraw() {
      calls.push('withdraw')
      state.held = '1'
      return Promise.resolve()
    },
    ...farSide,
  }
  const versions = loaded.map((version) => ({ stage: 'pending', version }))
  const ack = { usage: { since: 1, versions: [], holding: {} }, versions }
  const replica = { service: 'shop', url: '', healthUrl: 'http://10.0.0.1:9090' }
  const fleet: Fleet = {
    replicas: () => Promise.resolve([]),
    acknowledgements() {
      state.asked += 1
      return Promise.resolve([{ replica, ack } as unknown as Answer])
    },
  }
  const gap: StepContext['gap'] = {
    get sinceMs() {
      return state.begun === undefined ? undefined : clock.elapsed() - state.begun
    },
    begin() {
      calls.push('begin')
      state.begun = clock.elapsed()
      return Promise.resolve()
    },
    end() {
      state.begun = undefined
      return Promise.resolve()
    },
  }
  const { signal } = new AbortController()
  const waiting = () => undefined
  const context = {
    clock,
    signal,
    compromised,
    waiting,
    gap,
  } as Partial<StepContext> as StepContext
  const rotation = createFarSideRotation({
    ...{ kind: 'licence', name: 'LICENCE_SHOP', service: 'shop', nonProduction: false },
    ...{ validationMs: 10, deadlineMs: 60_000, pollMs: 100, fleet, farSide: slot },
  })
  const admit = () => rotation.admit(staged, context)
  return { admit, rotation, context, state, calls, clock }
}

const START_MS = createFakeClock().elapsed()
/** How long a clock has gone, in milliseconds. */
const passed = (clock: Clock) => clock.elapsed() - START_MS

it('the gap begins once each replica has both values, and before the far side is asked', async () => {
  const { admit, calls, state } = setUp()
  await admit()
  expect(calls).toEqual(['begin', 'add'])
  expect(state.asked).toBeGreaterThan(0)
})

it('a far side is not asked before each replica has both values', async () => {
  const { admit, calls, clock } = setUp({ loaded: ['1'] })
  await expect(through(admit(), clock)).rejects.toMatchObject({ code: 'unreachable' })
  expect(calls).toEqual([])
})

it('a run that resumes goes on at once where the far side has changed: nothing is asked of replicas, which are in the gap', async () => {
  const { admit, calls, state, clock } = setUp({ loaded: ['1'] })
  Object.assign(state, { held: '2', begun: 0 })
  await clock.advance(10 * GAP_MS)
  await admit()
  expect([calls, state.asked]).toEqual([[], 0])
})

it('a gap begins anew in a run that resumes where the far side has not changed', async () => {
  const { admit, calls, state, context, clock } = setUp()
  state.begun = 0
  await clock.advance(10 * GAP_MS)
  await admit()
  expect(calls).toEqual(['begin', 'add'])
  expect(context.gap.sinceMs).toBe(0)
})

it.each([
  ['refuses the new value', () => Promise.resolve(false), 'the register refuses it'],
  [
    'gives no verdict',
    () => Promise.reject(new SecretError('unreachable', 'it is down')),
    'it is down',
  ],
  ['does not answer', () => new Promise<boolean>(() => undefined), 'timed out'],
])('the rotation ends at the end of the gap where the far side %s', async (_, accepts, why) => {
  const { admit, clock } = setUp({ farSide: { accepts } })
  const failed = through(admit(), clock)
  await expect(failed).rejects.toMatchObject({ code: 'refused' })
  await expect(failed).rejects.toThrow(why)
  expect(passed(clock)).toBeGreaterThanOrEqual(GAP_MS)
  expect(passed(clock)).toBeLessThan(2 * GAP_MS)
})

it('a far side that accepts the new value late is waited for within the gap', async () => {
  const lateMs = GAP_MS / 2
  const { admit, clock, calls } = setUp({
    farSide: { accepts: () => Promise.resolve(passed(clock) > lateMs) },
  })
  await through(admit(), clock)
  expect(calls).toContain('add')
  expect(passed(clock)).toBeLessThan(GAP_MS)
})

it('the proof is bounded too where the journal has lost the begin of the gap', async () => {
  const { rotation, context, clock } = setUp()
  const proved = through(rotation.prove(pending, current, context), clock)
  await expect(proved).rejects.toMatchObject({ code: 'refused' })
})

it('what is put back is tried, and a rotation stays open while it is refused', async () => {
  const { rotation, context, state, calls, clock } = setUp()
  Object.assign(state, { held: '2', begun: 0 })
  await rotation.abort(staged, context)
  expect([state.held, calls, state.begun]).toEqual(['1', ['withdraw'], undefined])
  const stubborn = setUp({ farSide: { withdraw: () => Promise.resolve() } })
  stubborn.state.held = '2'
  const aborted = through(stubborn.rotation.abort(staged, stubborn.context), stubborn.clock)
  await expect(aborted).rejects.toThrow('does not accept the old key alone again: set it there')
  expect(passed(clock)).toBe(0)
})

it('the old value is put back before a replica has to use it again: the far side refuses it until then', async () => {
  const { rotation, context, state } = setUp({ loaded: ['2'] })
  await rotation.leave?.(staged, context)
  expect(state.asked).toBe(0)
})

it('is not put back for certain while the far side accepts both', async () => {
  let isLate = true
  const accepts = (value: Secret) => Promise.resolve(isLate || value === current.value)
  const { rotation, context, clock } = setUp({ farSide: { accepts } })
  await expect(through(rotation.abort(staged, context), clock)).rejects.toThrow('the old key alone')
  isLate = false
  await rotation.abort(staged, context)
})

it('no proof takes what was replaced for the value in use, though the far side accepts both for a while', async () => {
  const { rotation, context } = setUp({ farSide: { accepts: () => Promise.resolve(true) } })
  const proved = rotation.prove({ ...current, stage: 'previous' }, pending, context)
  await expect(proved).rejects.toMatchObject({ code: 'refused' })
  await expect(proved).rejects.toThrow('do not roll back, run the rotation again')
})

it('a far side that definitely refuses the change is not asked again', async () => {
  const refusal = new SecretError('rejected', 'it takes no such key')
  let asked = 0
  const add = () => {
    asked += 1
    return Promise.reject(refusal)
  }
  const { admit } = setUp({ farSide: { add } })
  await expect(admit()).rejects.toBe(refusal)
  expect(asked).toBe(1)
})

it('a value that has leaked is not awaited when it is withdrawn', async () => {
  const { rotation, context, state } = setUp({
    compromised: true,
    farSide: { withdraw: () => Promise.resolve() },
  })
  state.held = '3'
  await expect(rotation.abort(staged, context)).resolves.toBeUndefined()
})

it('a far side says how many values it holds where it has to be asked', async () => {
  const two = setUp({ farSide: { slots: () => Promise.resolve('two-secrets') } })
  await two.admit()
  expect(two.calls).toEqual(['add'])
  const planOf = async ({ rotation, context }: ReturnType<typeof setUp>) =>
    (await rotation.plan(staged, context.signal)).admit
  expect(await planOf(two)).not.toContain('logins may fail')
  const gap = 'it is set; the register holds one key: logins may fail for at most 5 s'
  expect(await planOf(setUp())).toContain(gap)
})

it.each<[string, Partial<FarSide>, string]>([
  ['names and no account', { slots: 'names' }, 'names need accountOf and close'],
  ['one value and no gap', { gapMs: undefined as never }, 'one value needs gapMs'],
  [
    'slots that it has to be asked for and no gap',
    { slots: () => Promise.resolve('one'), gapMs: undefined as never },
    'one value needs gapMs',
  ],
])('a far side with %s is no far side', (_, farSide, message) => {
  expect(() => setUp({ farSide })).toThrow(message)
})
