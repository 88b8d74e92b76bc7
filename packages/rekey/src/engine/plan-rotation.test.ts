import { SecretError } from '@rekey/secret'
import { STEPS } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import { dieAt, NAME, setUp } from '../../test/engine/far-side.support.ts'
import { createMemoryJournal, planRotation, rollBack, rotate } from './index.ts'

/** The plan after a rotation that died at `point`. */
async function planAfter(point: string, { isLost = false, compromised = false } = {}) {
  const { farSide, options } = await setUp()
  const dying = { ...options, compromised, onEvent: dieAt(point) }
  await expect(rotate(farSide.kind, dying)).rejects.toThrow('killed')
  const journal = isLost ? createMemoryJournal() : options.journal
  const { steps, ...plan } = await planRotation(farSide.kind, { ...options, journal })
  return { ...plan, done: steps.filter(({ isDone }) => isDone).map(({ step }) => step) }
}

it.each<[string, string, { isLost?: boolean }, readonly string[]]>([
  ['has made nothing yet', 'generate end', {}, []],
  ['has staged a version', 'stage end', {}, ['generate', 'stage']],
  ['has staged a version, and lost its journal', 'stage end', { isLost: true }, STEPS.slice(0, 2)],
  ['has promoted, and lost its journal', 'promote end', { isLost: true }, STEPS.slice(0, 5)],
])(
  'a rotation is open where it %s, and its plan shows what is done',
  async (_, point, how, done) => {
    expect(await planAfter(point, how)).toEqual({
      secret: NAME,
      mode: 'forward',
      isOpen: true,
      done,
    })
  },
)

it('the plan of an emergency, and of one that is rolled back, says so', async () => {
  expect(await planAfter('prove end', { compromised: true })).toMatchObject({ mode: 'emergency' })
  const { farSide, options } = await setUp()
  await expect(
    rotate(farSide.kind, { ...options, onEvent: dieAt('promote end') }),
  ).rejects.toThrow()
  const dying = rollBack(farSide.kind, { ...options, onEvent: dieAt('roll-back begin') })
  await expect(dying).rejects.toThrow('killed')
  expect(await planRotation(farSide.kind, options)).toMatchObject({ mode: 'rollback' })
})

it('the plan of a finished rotation is that of the next one', async () => {
  const { farSide, options } = await setUp()
  await rotate(farSide.kind, { ...options, compromised: true })
  const plan = await planRotation(farSide.kind, options)
  expect(plan).toMatchObject({ mode: 'forward', isOpen: false })
  expect(plan).not.toHaveProperty('holder')
})

it('the plan names who rotates at this moment, and has what each step will do in words', async () => {
  const { farSide, options } = await setUp()
  await options.journal.claim('OTHER', 'somebody else', 60_000)
  await options.journal.claim(NAME, 'host:1', 60_000)
  const { holder, steps } = await planRotation(farSide.kind, options)
  expect(holder).toBe('host:1')
  expect(steps[6]).toEqual({ step: 'revoke', isDone: false, what: 'struck out of the book' })
})

it.each<[string, Partial<RotationKind>, object]>([
  ['nothing but steps', {}, {}],
  [
    'none of what the far side lists as empty',
    { lacks: () => Promise.resolve([]), strangers: () => Promise.resolve([]) },
    {},
  ],
  [
    'the rights that the rotator lacks',
    { lacks: () => Promise.resolve(['GRANT x']) },
    { lacks: ['GRANT x'] },
  ],
  ['what a late call would do', { lateCall: 'it replaces' }, { lateCall: 'it replaces' }],
  [
    'the strangers',
    { strangers: () => Promise.resolve(['role_x']) },
    { strangers: { recorded: [], others: ['role_x'] } },
  ],
])('a plan has %s', async (_name, parts, found) => {
  const { farSide, options } = await setUp()
  const { steps, ...plan } = await planRotation({ ...farSide.kind, ...parts }, options)
  expect(plan).toStrictEqual({ secret: NAME, mode: 'forward', isOpen: false, ...found })
  expect(steps).toHaveLength(7)
})

it('the far side is asked until the caller ends it, and without end where he cannot', async () => {
  const { farSide, options } = await setUp()
  const signals: AbortSignal[] = []
  const plan: RotationKind['plan'] = (staged, signal) => {
    signals.push(signal)
    return farSide.kind.plan(staged, signal)
  }
  const { signal } = new AbortController()
  await planRotation({ ...farSide.kind, plan }, { ...options, signal })
  await planRotation({ ...farSide.kind, plan }, options)
  expect(signals[0]).toBe(signal)
  expect(signals[1]?.aborted).toBe(false)
})

it.each([
  [new SecretError('forbidden', 'no login'), { code: 'stopped', reason: 'forbidden' }],
  [new TypeError('a fault of the kind'), { name: 'TypeError', message: 'a fault of the kind' }],
])(
  'an obstacle to the plan is told with its reason, and a fault of a kind as one: %s',
  async (error, failure) => {
    const { farSide, options } = await setUp()
    const lacks = () => Promise.reject(error)
    const planning = planRotation({ ...farSide.kind, lacks }, options)
    await expect(planning).rejects.toMatchObject(failure)
    await expect(planning).rejects.toThrow(error.message)
  },
)
