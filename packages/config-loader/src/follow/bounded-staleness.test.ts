import { createFakeClock, SecretError, type SecretSource } from '@rekey/secret'
import { createMemoryStore } from '../store/memory-store.ts'
import { expect, it } from 'vitest'
import {
  down,
  fresh,
  NAME,
  openFixture,
  openUnreliable,
  replace,
  typesOf,
  unreliable,
} from '../../test/follow/fixture.support.ts'

const policy = { ttlMs: 10_000, maxStaleMs: 60_000 }

it('S23 serves on while its source fails, says so, and refuses once it is too old', async () => {
  const { source, clock, live, health, events } = await openUnreliable({ policy })
  const { version } = live.current
  source.failure = down()
  await clock.advance(10_000)
  expect(health()).toMatchObject({ state: 'fresh', failuresInARow: 1, problem: 'unreachable' })
  await clock.advance(1)
  expect(health().state).toBe('stale')
  expect(live.current.version).toBe(version)
  await clock.advance(49_999)
  expect(live.current.version).toBe(version)
  await clock.advance(1)
  expect(() => live.current).toThrow(
    expect.objectContaining({ code: 'unreachable', details: { reason: 'expired', ageMs: 60_001 } }),
  )
  expect(live.problem).toBeInstanceOf(SecretError)
  expect(health()).toMatchObject({ state: 'expired', versions: [{ version }] })
  expect(typesOf(events)).toEqual(['source-failed', 'stale', 'expired'])
})

it('recovers by itself with the next good read', async () => {
  const { source, clock, live, health, events } = await openUnreliable({ policy })
  source.failure = down()
  await clock.advance(100_000)
  expect(live.problem).toBeDefined()
  await clock.advance(0)
  source.failure = undefined
  await clock.advance(10_000)
  expect(live.problem).toBeUndefined()
  expect(live.current.value.expose()).toMatch(/^dev-/)
  expect(health()).toMatchObject({ state: 'fresh', failuresInARow: 0 })
  expect(typesOf(events).slice(-1)).toEqual(['recovered'])
})

it('S24 asks an expired secret of its source once, however many want it', async () => {
  const { source, clock, live } = await openUnreliable({ policy })
  source.failure = down()
  await clock.advance(100_000)
  source.failure = undefined
  source.reads = 0
  for (let n = 0; n < 1_000; n += 1) expect(() => live.current).toThrow(SecretError)
  await Promise.all(Array.from({ length: 1_000 }, () => live.rejected('expired')))
  expect(source.reads).toBe(1)
  expect(live.problem).toBeUndefined()
})

it('S23 tries a failing source sooner than one that works, and ever more rarely', async () => {
  const { source, clock } = await openUnreliable({ policy: { ttlMs: 60_000 } })
  await clock.advance(60_000)
  source.failure = down()
  source.reads = 0
  await clock.advance(60_000)
  expect(source.reads).toBe(1)
  const tries: number[] = []
  for (let second = 0; second < 120; second += 1) {
    const before = source.reads
    await clock.advance(1_000)
    if (source.reads > before) tries.push(second + 1)
  }
  expect(tries).toEqual([1, 3, 7, 15, 31, 63])
})

it.each(['missing', 'forbidden'] as const)(
  'does not ask a source again that answered %s a moment ago, not even after a rejection',
  async (code) => {
    const negative = { ...policy, negativeTtlMs: 45_000 }
    const { source, clock, live } = await openUnreliable({ policy: negative })
    source.failure = new SecretError(code, 'it is not for you: ask for it')
    await clock.advance(10_000)
    source.reads = 0
    await clock.advance(44_000)
    await live.rejected('unauthorized')
    expect(source.reads).toBe(0)
    await clock.advance(1_000)
    expect(source.reads).toBe(1)
  },
)

it('leaves a source alone for as long as it asks for', async () => {
  const { source, clock } = await openUnreliable({ policy: { ttlMs: 10_000 } })
  source.failure = new SecretError('unreachable', 'wait', { retryAfterMs: 25_000 })
  await clock.advance(10_000)
  source.reads = 0
  await clock.advance(24_000)
  expect(source.reads).toBe(0)
  await clock.advance(1_000)
  expect(source.reads).toBe(1)
})

it('S8 treats as expired what a suspended machine has held for too long, and reads it again once', async () => {
  const { source, clock, live } = await openUnreliable({ policy })
  source.failure = down()
  source.reads = 0
  clock.suspend(61_000)
  expect(() => live.current).toThrow(SecretError)
  source.failure = undefined
  await clock.advance(15_000)
  expect(live.problem).toBeUndefined()
  expect(source.reads).toBeLessThanOrEqual(4)
})

it.each([3_600_000, -3_600_000])(
  'S9 does not notice that the wall clock is set by %i ms',
  async (byMs) => {
    const { source, clock, live, health } = await openUnreliable({ policy })
    clock.jump(byMs)
    expect(health().state).toBe('fresh')
    source.reads = 0
    await clock.advance(9_999)
    expect(source.reads).toBe(0)
    await clock.advance(1)
    expect(source.reads).toBe(1)
    source.failure = down()
    await clock.advance(60_000)
    expect(live.problem).toBeUndefined()
    await clock.advance(1)
    expect(live.problem).toBeDefined()
  },
)

it('serves nothing longer than it says itself, whatever its policy', async () => {
  const store = createMemoryStore({ [NAME]: fresh().expose() })
  const clock = createFakeClock()
  const source = unreliable(store)
  const leasing: SecretSource = {
    locator: 'leasing',
    async read(name) {
      const staged = await source.read(name)
      const expiresAt = new Date(clock.now() + 15_000)
      return { ...staged, revision: String(clock.now()), current: { ...staged.current, expiresAt } }
    },
  }
  const { live, health, events } = await openFixture(leasing, { clock, policy })
  await clock.advance(10_000)
  source.failure = down()
  await clock.advance(15_000)
  expect(live.problem).toBeUndefined()
  await clock.advance(1)
  expect(live.problem).toMatchObject({ details: { reason: 'expired' } })
  expect(health().counts.changes).toBe(0)
  expect(typesOf(events)).not.toContain('changed')
})

it('tells every state of a secret in health, and when it is read next', async () => {
  const { clock, health, store } = await openUnreliable({ policy })
  await clock.advance(4_000)
  expect(health()).toMatchObject({
    source: 'unreliable',
    state: 'fresh',
    sinceGoodReadMs: 4_000,
    untilNextReadMs: 6_000,
    counts: { reads: 0, failures: 0, changes: 0, vetoes: 0, rejections: 0 },
  })
  await replace(store)
  await clock.advance(6_000)
  expect(health()).toMatchObject({ sinceGoodReadMs: 0, counts: { reads: 1, changes: 1 } })
})

it('spreads the reads of replicas over the second half of the ttl', async () => {
  const draws = Array.from({ length: 20 }, (_, n) => n / 20)
  const firstReads = await Promise.all(
    draws.map(async (draw) => {
      const { health } = await openUnreliable({ policy, random: () => draw })
      return health().untilNextReadMs
    }),
  )
  expect(firstReads).toEqual(draws.map((draw) => 5_000 + draw * 5_000))
})

it.each([{ ttlMs: 0 }, { ttlMs: 10, maxStaleMs: 5 }, { negativeTtlMs: -1 }])(
  'does not start with a policy that cannot be meant: %o',
  async (wrong) => {
    const store = createMemoryStore({ [NAME]: fresh().expose() })
    await expect(openFixture(store, { policies: { text: wrong } })).rejects.toMatchObject({
      problems: [{ key: NAME, code: 'malformed' }],
    })
  },
)
