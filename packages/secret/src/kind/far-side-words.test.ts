import { expect, it, vi } from 'vitest'
import { createFakeClock, NON_PRODUCTION_PREFIX, Secret } from '../index.ts'
import {
  context,
  current,
  NAME,
  newRegister,
  pending,
  previous,
  replicaWith,
  rotationAt,
} from '../../test/kind/far-side.support.ts'
import { createFarSideRotation, type FarSide } from './index.ts'
import { randomValue } from './internal.ts'
import { through } from '../../test/kind/through.support.ts'

const staged = { current, pending } as never
const { signal } = context

/** The register, with other calls. */
const registerWith = (calls: Partial<FarSide>): FarSide => ({ ...newRegister().farSide, ...calls })
const plan = () =>
  Promise.resolve({ generate: 'one is made', admit: 'it is set', revoke: 'it ends' })

it('plans each step in words', async () => {
  const rotation = rotationAt(registerWith({ plan }), replicaWith('2'))
  expect(await rotation.plan(staged, signal)).toEqual({
    generate: 'one is made',
    stage: 'the store keeps it as pending',
    admit: 'every replica has loaded both keys, and it is set; 1 of 1 replicas of shop answer',
    prove: 'the register is asked whether it accepts the new one',
    promote: 'the new key becomes current, the old one previous',
    confirm: 'every replica uses the new one, and none the old one for 10 ms',
    revoke: 'it ends, and the register is asked until it refuses it',
  })
})

it('does not wait for replicas that load a version only once they are restarted', async () => {
  const fleet = { ...replicaWith('2'), restarts: () => 'the Deployment shop' }
  const { farSide, calls } = newRegister()
  const rotation = rotationAt({ ...farSide, plan }, fleet)
  const { admit } = await rotation.plan(staged, signal)
  expect(admit).toBe('it is set; 1 of 1 replicas of shop answer')
  await rotation.admit(staged, context)
  expect(calls).toEqual(['add'])
})

it('says that a late call of a rotator may still take place, where the far side cannot refuse it', () => {
  const lateCall = 'it may replace a newer one'
  expect(rotationAt(registerWith({ lateCall }), replicaWith('2')).lateCall).toBe(lateCall)
  expect(rotationAt(registerWith({}), replicaWith('2'))).not.toHaveProperty('lateCall')
})

it('sweeps what the far side sweeps, if it does', async () => {
  const sweep = () => Promise.resolve(['k0'])
  const swept = (farSide: FarSide) => rotationAt(farSide, replicaWith('2')).sweep?.(staged, context)
  expect(await swept(registerWith({ sweep }))).toEqual(['k0'])
  expect(await swept(registerWith({}))).toEqual([])
})

it('makes a random value of 32 bytes, with the mark of development or without', () => {
  const made = (nonProduction: boolean) => randomValue(NAME, { nonProduction })
  expect(made(false).expose()).toMatch(/^[\w-]{43}$/)
  expect(made(true).expose()).toMatch(new RegExp(`^${NON_PRODUCTION_PREFIX}[\\w-]{43}$`))
  expect(made(true).label).toBe(NAME)
})

it.each([
  ['has no choice', {}],
  ['leaves the choice', { choose: () => Promise.resolve(undefined) }],
])('generates a random value where the far side %s', async (_, calls) => {
  const rotation = rotationAt(registerWith(calls), replicaWith('2'))
  expect((await rotation.generate(current, context)).expose()).toMatch(/^[\w-]{43}$/)
})

/** The value that a rotation of this environment generates where the far side chooses this one. */
function generated(text: string, nonProduction: boolean, calls: Partial<FarSide> = {}) {
  const choose = () => Promise.resolve(Secret.of(text, 'the answer of the register'))
  const owner = { kind: 'licence', name: NAME, service: 'shop', nonProduction, validationMs: 0 }
  const farSide = registerWith({ choose, ...calls })
  return createFarSideRotation({ ...owner, farSide, fleet: replicaWith('2') }).generate(
    current,
    context,
  )
}

it('takes a value that the far side chose, under the name of the secret', async () => {
  const chosen = await generated('value 9', false)
  expect([chosen.label, chosen.expose()]).toEqual([NAME, 'value 9'])
  const marked = await generated('a test value', true, { isMarked: () => true })
  expect(marked.expose()).toBe('a test value')
})

it.each<[string, string, boolean, Partial<FarSide>]>([
  ['must begin', 'value 9', true, {}],
  ['must not begin', `${NON_PRODUCTION_PREFIX}value 9`, false, {}],
  ['must not begin', 'a test value', false, { isMarked: () => true }],
])(
  'a value of this environment %s with the mark of development',
  async (must, text, nonProduction, calls) => {
    await expect(generated(text, nonProduction, calls)).rejects.toMatchObject({
      code: 'refused',
      message: `a key for this environment ${must} with ${NON_PRODUCTION_PREFIX}: make another one`,
    })
  },
)

it.each<[string, string, string, string]>([
  [
    'revoke',
    'unreachable',
    'the register still accepts the old key: remove it there, then run the rotation again',
    'the register still accepts the ended key',
  ],
  [
    'prove',
    'rejected',
    'the register refuses the key: see there what it is for',
    'the register refuses the key',
  ],
])(
  '%s asks until the deadline, and says for what it waits',
  async (step, code, message, waited) => {
    const clock = createFakeClock()
    const begun = clock.elapsed()
    const sleep = vi.spyOn(clock, 'sleep')
    const said = new Set<string>()
    const accepts = () => Promise.resolve(step === 'revoke')
    const rotation = rotationAt(registerWith({ accepts }), replicaWith('2'), 60_000)
    const of = { ...context, clock, waiting: (text: string) => void said.add(text) }
    const done =
      step === 'revoke'
        ? rotation.revoke({ current, previous } as never, of)
        : rotation.prove(pending, current, of)
    await expect(through(done, clock)).rejects.toMatchObject({ code, message })
    expect([...said]).toEqual([waited])
    expect(clock.elapsed() - begun).toBe(60_000)
    const pauses = sleep.mock.calls.map(([ms]) => ms)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(10_000)
    expect(Math.max(...pauses)).toBeGreaterThan(1_000)
    expect(sleep.mock.calls.every(([, , options]) => options?.keepAlive)).toBe(true)
  },
)

it('asks a far side that holds one value until it accepts a new one that is proven', async () => {
  const asked: unknown[] = []
  const accepts = (value: Secret) => {
    asked.push(value)
    return Promise.resolve(true)
  }
  const gap = { ...context.gap, sinceMs: 0 }
  const farSide = registerWith({ slots: 'one', gapMs: 1_000, accepts })
  await rotationAt(farSide, replicaWith('2')).prove(pending, current, { ...context, gap })
  expect(asked).toEqual([pending.value])
})

it('names the open sessions of a login, and the rights that differ, one after the other', async () => {
  const clock = createFakeClock()
  const sleep = vi.spyOn(clock, 'sleep')
  const said = new Set<string>()
  const of = { ...context, clock, waiting: (text: string) => void said.add(text) }
  const busy = registerWith({
    sessions: () => Promise.resolve(['shop 1', 'shop 2', 'shop 1']),
    accepts: () => Promise.resolve(true),
    differences: () => Promise.resolve(['it may read', 'it may write']),
  })
  const rotation = rotationAt(busy, replicaWith('2', '1'), 1_000, 0)
  const open = '3 sessions of a key are open at the register: shop 1; shop 2'
  await expect(
    through(rotation.confirm({ current, previous } as never, of), clock),
  ).rejects.toThrow(`${open}: have them connect anew`)
  expect([...said]).toEqual([open])
  expect(sleep.mock.calls.every(([, , options]) => options?.keepAlive)).toBe(true)
  await expect(rotation.prove(pending, current, of)).rejects.toThrow(
    'the two logins have other rights at the register: it may read; it may write',
  )
})

it('reports no session where a login has none', async () => {
  const said: string[] = []
  const of = { ...context, waiting: (text: string) => void said.push(text) }
  const idle = registerWith({ sessions: () => Promise.resolve([]) })
  await rotationAt(idle, replicaWith('2', '1'), 1_000, 0).confirm(
    { current, previous } as never,
    of,
  )
  expect(said).toEqual([])
})
