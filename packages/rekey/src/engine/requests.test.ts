import { createFakeClock, SecretError, type SecretStore, type StagedSecret } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import type { RotationKind, StepContext } from '@rekey/secret/kind'
import { STEPS } from '@rekey/secret/internal/kind'
import { expect, it } from 'vitest'
import {
  dieAt,
  expectOneVersion,
  NAME,
  newText,
  replaceByHand,
  setUp,
} from '../../test/engine/far-side.support.ts'
import { planRotation, rollBack, rotate, sweepOrphans } from './index.ts'

it('R29 rotate called twice with one key: gives the same result, and rotates once', async () => {
  const { farSide, options, store } = await setUp()
  const rotated = await rotate(farSide.kind, { ...options, request: 'november' })
  expect(await rotate(farSide.kind, { ...options, request: 'november' })).toEqual(rotated)
  expect((await store.read(NAME)).current.version).toBe(rotated.version)
  expect(await rotate(farSide.kind, { ...options, request: 'december' })).not.toEqual(rotated)
})

it('R29 rotate called with another key while one is open: refused, naming that one', async () => {
  const { farSide, options } = await setUp()
  const dying = { ...options, request: 'one', onEvent: dieAt('prove end') }
  await expect(rotate(farSide.kind, dying)).rejects.toThrow('killed')
  const failure = { code: 'busy', message: expect.stringContaining('as one') as string }
  await expect(rotate(farSide.kind, { ...options, request: 'two' })).rejects.toMatchObject(failure)
  await rotate(farSide.kind, { ...options, request: 'one' })
})

it.each(['revoke end', 'confirm-revoked begin', 'confirm-revoked end'])(
  'R10 the reply to the last write is lost at %s: asked again, it finishes that rotation and begins no other',
  async (point) => {
    const { farSide, options, store, first } = await setUp()
    const dying = { ...options, request: 'once', onEvent: dieAt(point) }
    await expect(rotate(farSide.kind, dying)).rejects.toThrow('killed')
    const { current } = await store.read(NAME)
    const rotated = await rotate(farSide.kind, { ...options, request: 'once' })
    expect(rotated).toEqual({ secret: NAME, version: current.version, revoked: first })
    expect(farSide.calls.filter((call) => call === 'revoke')).toHaveLength(1)
  },
)

it('R10 it died once the store had revoked the old version, before any replica had dropped it: asked again, it finishes that rotation', async () => {
  const { farSide, options, store, first } = await setUp()
  const kind = attestingLast(farSide.kind)
  const once = { ...options, request: 'once' }
  const dying = rotate(kind, { ...once, store: dyingAfterRevoke(store) })
  await expect(dying).rejects.toThrow('killed')
  const { current, previous } = await store.read(NAME)
  expect(previous).toBeUndefined()
  expect(await rotate(kind, once)).toEqual({
    secret: NAME,
    version: current.version,
    revoked: first,
  })
})

it('names what another writer replaced while a rotation was open, for nothing has shown that it is refused', async () => {
  const { farSide, options, store, first, events } = await setUp()
  const dying = { ...options, onEvent: dieAt('generate end') }
  await expect(rotate(farSide.kind, dying)).rejects.toThrow('killed')
  await replaceByHand(store)
  expect((await rotate(farSide.kind, options)).unproven).toEqual([first])
  expect(events.map(({ step }) => step)).not.toContain('sweep')
})

it('a receipt of a version that was put back by hand proves nothing about its next end', async () => {
  const { farSide, options, store } = await setUp()
  const { current } = await store.read(NAME)
  await rotate(farSide.kind, options)
  const staged = await store.stage(NAME, current.value, (await store.read(NAME)).revision)
  const back = await store.revoke(NAME, (await store.promote(NAME, staged.revision)).revision)
  expect(back.current.version).toBe(current.version)
  const { unproven } = await rotate({ ...farSide.kind, attestsItself: true }, options)
  expect(unproven).toContain(current.version)
})

it('a new version that a late view of the store did not show is not taken for one that is gone', async () => {
  const { farSide, options, store } = await setUp()
  const late = [await store.read(NAME)]
  const dying = { ...options, onEvent: dieAt('promote begin') }
  await expect(rotate(farSide.kind, dying)).rejects.toThrow('killed')
  const lagging = { ...store, read: async (name: string) => late.pop() ?? store.read(name) }
  const failure = { code: 'stopped', reason: 'conflict' }
  await expect(rotate(farSide.kind, { ...options, store: lagging })).rejects.toMatchObject(failure)
  const { pending } = await store.read(NAME)
  const rotated = await rotate(farSide.kind, options)
  expect([rotated.version, rotated.unproven]).toEqual([pending?.version, undefined])
})

it.each(['promote begin', 'promote end', 'confirm begin'])(
  'an emergency that sees the store as it was before a promotion asks again, and has nothing refused that is in use: after %s',
  async (point) => {
    const { farSide, options, store } = await setUp()
    const seen: StagedSecret[] = []
    const watching = {
      ...store,
      async promote(...args: Parameters<typeof store.promote>) {
        seen.push(await store.read(NAME))
        return store.promote(...args)
      },
    }
    const onEvent = dieAt(point)
    const dying = rotate(farSide.kind, { ...options, store: watching, onEvent })
    await expect(dying).rejects.toThrow('killed')
    if (point === 'promote begin') await watching.promote(NAME, (await store.read(NAME)).revision)
    const lagging = { ...store, read: async (name: string) => seen.pop() ?? store.read(name) }
    await rotate(farSide.kind, { ...options, leaseMs: 600, store: lagging, compromised: true })
    expect([seen, farSide.calls.includes('abort')]).toEqual([[], false])
    await expectOneVersion(store, farSide)
  },
)

it('an emergency that sees the store as it was before its last write asks again, and replaces the secret once', async () => {
  const { farSide, options, store } = await setUp()
  const leaked = { ...options, leaseMs: 600, compromised: true }
  const dying = rotate(farSide.kind, { ...leaked, onEvent: dieAt('revoke begin') })
  await expect(dying).rejects.toThrow('killed')
  const before = await store.read(NAME)
  const seen = [before]
  await store.revoke(NAME, before.revision)
  const lagging = { ...store, read: async (name: string) => seen.pop() ?? store.read(name) }
  const { version } = await rotate(farSide.kind, { ...leaked, store: lagging })
  expect([seen, version]).toEqual([[], before.current.version])
})

it('an emergency that died once it had revoked a version of which the journal did not know names it still', async () => {
  const { farSide, options, store, first } = await setUp()
  const kind = attestingLast(farSide.kind)
  const staged = await store.stage(NAME, newText(), (await store.read(NAME)).revision)
  await store.promote(NAME, staged.revision)
  const leaked = { ...options, compromised: true }
  const dying = rotate(kind, { ...leaked, store: dyingAfterRevoke(store) })
  await expect(dying).rejects.toThrow('killed')
  expect((await rotate(kind, leaked)).unproven).toEqual([first])
})

it('gives a leaked secret no grace: confirm is left out', async () => {
  const { farSide, options, store, first } = await setUp()
  await rotate(farSide.kind, { ...options, compromised: true })
  expect(farSide.calls).not.toContain('confirm')
  expect(await expectOneVersion(store, farSide)).not.toBe(first)
})

it.each(['stage end', 'prove end', 'promote end', 'revoke begin'])(
  'revokes also what an open rotation had made by %s when the secret has leaked',
  async (point) => {
    const { farSide, options, store } = await setUp()
    const dying = rotate(farSide.kind, { ...options, request: 'slow', onEvent: dieAt(point) })
    await expect(dying).rejects.toThrow('killed')
    const { current, pending, previous } = await store.read(NAME)
    const leaked = [current, pending, previous].map((version) => version?.version)
    await rotate(farSide.kind, { ...options, request: 'leak', compromised: true })
    expect(leaked).not.toContain(await expectOneVersion(store, farSide))
  },
)

it.each(STEPS.filter((step) => step !== 'confirm').flatMap((s) => [`${s} begin`, `${s} end`]))(
  'an emergency that died at %s is finished as one, by whoever rotates next',
  async (point) => {
    const { farSide, options, store, first } = await setUp()
    const dying = { ...options, compromised: true, onEvent: dieAt(point) }
    await expect(rotate(farSide.kind, dying)).rejects.toThrow('killed')
    await rotate(farSide.kind, options)
    expect(farSide.calls).not.toContain('confirm')
    expect(await expectOneVersion(store, farSide)).not.toBe(first)
  },
)

const CLEARED = [
  ['prove end', 'abort begin'],
  ['prove end', 'abort end'],
  ['promote end', 'revoke begin'],
  ['promote end', 'revoke end'],
  ['promote end', 'confirm-revoked begin'],
  ['promote end', 'confirm-revoked end'],
] as const

it.each(CLEARED)(
  'R51 an emergency that found a rotation open after %s and died at %s stays one: nothing of that rotation is left, and it is not rolled back',
  async (opened, point) => {
    const { farSide, options, store } = await setUp()
    const dying = rotate(farSide.kind, { ...options, onEvent: dieAt(opened) })
    await expect(dying).rejects.toThrow('killed')
    const leaked = liveVersions(await store.read(NAME)).map(({ version }) => version)
    const emergency = { ...options, compromised: true, onEvent: dieAt(point) }
    await expect(rotate(farSide.kind, emergency)).rejects.toThrow('killed')
    const refused = { code: 'stopped', reason: 'refused' }
    await expect(rollBack(farSide.kind, options)).rejects.toMatchObject(refused)
    const rotated = await rotate(farSide.kind, options)
    expect(farSide.calls).not.toContain('confirm')
    expect(leaked).not.toContain(await expectOneVersion(store, farSide))
    expect(rotated).not.toHaveProperty('unproven')
  },
)

it('an emergency revokes all that was live, also where another writer has staged a version beside a promoted one', async () => {
  const { farSide, options, store } = await setUp()
  const dying = rotate(farSide.kind, { ...options, onEvent: dieAt('promote end') })
  await expect(dying).rejects.toThrow('killed')
  const { revision } = await store.read(NAME)
  const staged = await store.stage(NAME, newText(), revision)
  const leaked = liveVersions(staged).map(({ version }) => version)
  const { version, unproven } = await rotate(farSide.kind, { ...options, compromised: true })
  expect([leaked.length, leaked.includes(version), unproven]).toEqual([3, false, undefined])
  await expectOneVersion(store, farSide)
})

it('an emergency waits for nobody, also while it clears away an open rotation', async () => {
  const { farSide, options } = await setUp()
  const dying = rotate(farSide.kind, { ...options, onEvent: dieAt('promote end') })
  await expect(dying).rejects.toThrow('killed')
  const urgency: boolean[] = []
  const confirmRevoked = (_revoked: unknown, { compromised }: StepContext) =>
    Promise.resolve(void urgency.push(compromised))
  await rotate({ ...farSide.kind, confirmRevoked }, { ...options, compromised: true })
  expect(urgency).toEqual([true, true])
})

it('an emergency whose new version is refused stays one: nothing comes back, and the next run tries another', async () => {
  const { farSide, options, store, first } = await setUp()
  farSide.refuse.set('prove', new SecretError('rejected', 'no'))
  const failing = rotate(farSide.kind, { ...options, compromised: true })
  await expect(failing).rejects.toMatchObject({ code: 'stopped', step: 'prove' })
  farSide.refuse.clear()
  await rotate(farSide.kind, options)
  expect(farSide.calls).not.toContain('confirm')
  expect(await expectOneVersion(store, farSide)).not.toBe(first)
})

it('says what it would do, and changes nothing by saying so', async () => {
  const { farSide, options, store } = await setUp()
  const before = await store.read(NAME)
  const plan = await planRotation(farSide.kind, options)
  expect(plan).toMatchObject({ secret: NAME, mode: 'forward', isOpen: false })
  expect(plan.steps.map(({ step }) => step)).toEqual(STEPS)
  expect(plan.steps.every(({ isDone }) => !isDone)).toBe(true)
  expect(await store.read(NAME)).toEqual(before)
  expect(farSide.calls).toEqual([])
})

it('says of an open rotation which steps are done', async () => {
  const { farSide, options } = await setUp()
  const dying = rotate(farSide.kind, { ...options, onEvent: dieAt('promote end') })
  await expect(dying).rejects.toThrow('killed')
  const { isOpen, steps } = await planRotation(farSide.kind, options)
  expect(isOpen).toBe(true)
  expect(steps.filter(({ isDone }) => !isDone).map(({ step }) => step)).toEqual([
    'confirm',
    'revoke',
  ])
})

it('says why it cannot be planned', async () => {
  const { farSide, options } = await setUp()
  const plan = () => Promise.reject(new SecretError('unreachable', 'nobody answers'))
  const failure = { code: 'stopped', reason: 'unreachable' }
  await expect(planRotation({ ...farSide.kind, plan }, options)).rejects.toMatchObject(failure)
})

it('sweeps away what the store does not know, but not while a rotation is open', async () => {
  const { farSide, options, store, first } = await setUp()
  farSide.accepted.add('lost')
  expect(await sweepOrphans(farSide.kind, options)).toEqual(['lost'])
  expect(await expectOneVersion(store, farSide)).toBe(first)
  const dying = rotate(farSide.kind, { ...options, onEvent: dieAt('admit end') })
  await expect(dying).rejects.toThrow('killed')
  await expect(sweepOrphans(farSide.kind, options)).rejects.toMatchObject({ code: 'busy' })
})

it('never repeats a value in what it tells', async () => {
  const { farSide, options, events, store } = await setUp()
  const value = newText()
  const generate = () => Promise.resolve(value)
  await rotate({ ...farSide.kind, generate }, options)
  expect(JSON.stringify([events, await options.journal.entries()])).not.toContain(value.expose())
  expect((await store.read(NAME)).current.value.expose()).toBe(value.expose())
})

it.each([3_600_000, -3_600_000])(
  'R35 a rotation is as old since its promotion when the wall clock is set by %i ms, for this run and for the next one',
  async (byMs) => {
    const clock = createFakeClock()
    const { farSide, options } = await setUp()
    const ages: (number | undefined)[] = []
    let isLast = false
    const confirm = async (_staged: unknown, context: StepContext) => {
      ages.push(context.sincePromoteMs?.())
      if (isLast) return
      await clock.advance(60_000)
      clock.jump(byMs)
      ages.push(context.sincePromoteMs?.())
      await context.saveProgress({})
      throw new SecretError('unreachable', 'the run is over')
    }
    const run = () => rotate({ ...farSide.kind, confirm }, { ...options, clock, leaseMs: 600_000 })
    await expect(run()).rejects.toThrow('the run is over')
    isLast = true
    await run()
    expect(ages).toEqual([0, 60_000, 60_000])
  },
)

/** A kind that shows the end of a version once the store has it no more. */
function attestingLast(kind: RotationKind): RotationKind {
  return {
    ...kind,
    attestsItself: true,
    confirmRevoked: ({ version }, context) => context.attest({ version, evidence: 'dropped' }),
  }
}

/** A store whose reply to `revoke` never comes. */
function dyingAfterRevoke(store: SecretStore): SecretStore {
  return {
    ...store,
    async revoke(...of) {
      await store.revoke(...of)
      throw new Error('killed')
    },
  }
}
