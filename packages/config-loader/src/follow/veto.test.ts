import { Secret, SecretError, type SecretVersion } from '@rekey/secret'
import type { SecretErrorCode } from '@rekey/secret/internal'
import { createMemoryStore } from '../store/memory-store.ts'
import { expect, it, vi } from 'vitest'
import {
  fresh,
  NAME,
  openFixture,
  openUnreliable,
  replace,
  textSpec,
  typesOf,
} from '../../test/follow/fixture.support.ts'

/** A far side that answers as it is set, and counts who tried what. */
function farSide() {
  const far = {
    answer: undefined as SecretErrorCode | undefined,
    tried: [] as string[],
    probe({ version }: SecretVersion) {
      far.tried.push(version)
      if (far.answer === undefined) return Promise.resolve()
      return Promise.reject(new SecretError(far.answer, 'the far side says no: issue another'))
    },
  }
  return { far, spec: textSpec(NAME, (version) => far.probe(version)) }
}

it('S20 keeps the old value when the new one breaks its rule, and tells it once', async () => {
  const { store, clock, live, health, events } = await openUnreliable()
  const { version } = live.current
  const bad = `dev-${'x'.repeat(8)}`
  await replace(store, Secret.of(bad, NAME))
  await clock.advance(100_000)
  expect(live.current.version).toBe(version)
  expect(health()).toMatchObject({ problem: 'malformed', counts: { vetoes: 1, changes: 0 } })
  const vetoes = events.filter(({ type }) => type === 'vetoed')
  expect(vetoes).toMatchObject([{ secret: NAME, code: 'malformed', message: /too short/ }])
  expect(JSON.stringify([events, health()])).not.toContain(bad)
  const mended = await replace(store)
  await clock.advance(10_000)
  expect(live.current.version).toBe(mended)
  expect(typesOf(events)).toEqual(['vetoed', 'stale', 'changed', 'recovered'])
})

it.each(['rejected', 'refused', 'malformed', 'forbidden'] as const)(
  'S20 keeps the old value when the far side answers %s to the new one',
  async (answer) => {
    const { far, spec } = farSide()
    const { store, clock, live, health } = await openUnreliable({ spec })
    const { version } = live.current
    far.answer = answer
    const next = await replace(store)
    await clock.advance(10_000)
    expect(live.current.version).toBe(version)
    const rejection = { stage: 'current', version: next, by: 'probe', reason: answer }
    const report = { problem: answer, versions: [{ version }], rejections: [rejection] }
    expect(health()).toMatchObject(report)
  },
)

it('takes a new value over while its far side cannot be reached', async () => {
  const { far, spec } = farSide()
  const { store, clock, live, health } = await openUnreliable({ spec })
  far.answer = 'unreachable'
  const version = await replace(store)
  await clock.advance(10_000)
  expect(live.current.version).toBe(version)
  expect(health().problem).toBeUndefined()
})

it('tries a refused value again ever more rarely, and at once after a rejection', async () => {
  const { far, spec } = farSide()
  const { store, clock, live } = await openUnreliable({ spec, policy: { ttlMs: 1_000 } })
  far.answer = 'rejected'
  const version = await replace(store)
  far.tried = []
  const triedAfter: number[] = []
  for (let second = 1; second <= 40; second += 1) {
    const before = far.tried.length
    await clock.advance(1_000)
    if (far.tried.length > before) triedAfter.push(second)
  }
  expect(triedAfter).toEqual([1, 6, 16, 36])
  far.answer = undefined
  await live.rejected('unauthorized')
  expect(live.current.version).toBe(version)
})

it('tries a value once that is already in use, and not for a change of another stage', async () => {
  const { far, spec } = farSide()
  const { store, clock, live } = await openUnreliable({ spec })
  far.tried = []
  await store.stage(NAME, fresh(), (await store.read(NAME)).revision)
  await clock.advance(60_000)
  expect(live.pending).toBeDefined()
  expect(far.tried).toEqual([])
})

it('in a cut-over takes a value that is not accepted yet, if its consumer falls back', async () => {
  const store = createMemoryStore({ [NAME]: fresh().expose() })
  const probe = ({ stage }: SecretVersion) =>
    stage === 'current' && isCutOver
      ? Promise.reject(new SecretError('rejected', 'not yet'))
      : Promise.resolve()
  let isCutOver = false
  const { live } = await openFixture(store, { spec: textSpec(NAME, probe, { fallsBack: true }) })
  isCutOver = true
  const staged = await store.stage(NAME, fresh(), (await store.read(NAME)).revision)
  const { current } = await store.promote(NAME, staged.revision)
  await vi.waitFor(() => {
    expect(live.current.version).toBe(current.version)
  })
})

it('keeps the old value when a consumer cannot take the new one', async () => {
  const { store, clock, live, health } = await openUnreliable()
  const { version } = live.current
  const stop = live.beforeUpdate(() => {
    throw new SecretError('refused', 'the redactor cannot mask it')
  })
  const next = await replace(store)
  await clock.advance(10_000)
  expect(live.current.version).toBe(version)
  const rejection = { stage: 'current', version: next, by: 'consumer', reason: 'refused' }
  expect(health()).toMatchObject({ problem: 'refused', rejections: [rejection] })
  stop()
  await clock.advance(10_000)
  expect(live.current.version).toBe(next)
  expect(health().rejections).toBeUndefined()
})

it('leaves a bad pending version out, tells it once, and serves the rest', async () => {
  const { store, clock, live, health, events } = await openUnreliable()
  const short = Secret.of('dev-short', NAME)
  const staged = await store.stage(NAME, short, (await store.read(NAME)).revision)
  await clock.advance(50_000)
  expect(live.pending).toBeUndefined()
  const version = staged.pending?.version
  const rejections = [{ stage: 'pending', version, by: 'rule', reason: 'malformed' }]
  expect(health()).toMatchObject({ state: 'fresh', problem: 'malformed', rejections })
  await store.abort(NAME, staged.revision)
  await clock.advance(10_000)
  expect(health().problem).toBeUndefined()
  expect(typesOf(events)).toEqual(['left-out'])
})
