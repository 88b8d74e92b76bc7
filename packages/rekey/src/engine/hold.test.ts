import { createFakeClock, SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { dieAt, expectOneVersion, NAME, setUp } from '../../test/engine/far-side.support.ts'
import type { HoldPoint } from '../journal/journal.ts'
import { rollBack, rotate } from './index.ts'

const HOUR_MS = 3_600_000

/** A secret whose rotations are held. */
async function open(at: HoldPoint = 'after-promote') {
  const clock = createFakeClock()
  const found = await setUp()
  const options = { ...found.options, clock, hold: { at }, leaseMs: 60_000 }
  const { kind } = found.farSide
  const entry = async () => (await options.journal.entries([NAME]))[0]
  const staged = () => found.store.read(NAME)
  /** Rotates until it is held, and returns the version that this made. */
  const hold = async () => {
    const since = clock.now()
    await expect(rotate(kind, options)).rejects.toMatchObject({
      ...{ code: 'held', details: { at, since } },
    })
    return (await staged()).current.version
  }
  return { ...found, clock, kind, options, entry, staged, hold }
}

it('a rotation is held after promote: the new version is current, the old one still works, and no rotator holds the claim', async () => {
  const { hold, entry, staged, farSide, first, clock } = await open()
  const version = await hold()
  expect((await staged()).previous?.version).toBe(first)
  expect(farSide.accepted).toEqual(new Set([first, version]))
  expect(farSide.calls).toEqual(['admit', 'prove'])
  const { holder, intent } = (await entry()) ?? {}
  expect(holder).toBeUndefined()
  expect(intent).toMatchObject({
    hold: { at: 'after-promote', since: clock.now(), version },
  })
})

it.each<[HoldPoint, string[]]>([
  ['after-promote', []],
  ['after-confirm', ['confirm']],
])('held %s, each later run does nothing, and the error has the command', async (at, steps) => {
  const { hold, kind, options, farSide, clock } = await open(at)
  const version = await hold()
  expect(farSide.calls.slice(2)).toEqual(steps)
  await clock.advance(1_000 * HOUR_MS)
  const since = clock.now() - 1_000 * HOUR_MS
  const elsewhere = { store: options.store, journal: options.journal, clock }
  for (const again of [options, elsewhere]) {
    await expect(rotate(kind, again)).rejects.toMatchObject({
      ...{ code: 'held', details: { since } },
      message: expect.stringContaining(`rekey rotate ${NAME} --go ${version} lets`) as string,
    })
  }
  expect(farSide.calls.slice(2)).toEqual(steps)
})

it('goes on by the order with its version; a second order gives the same result, and changes nothing', async () => {
  const { hold, kind, options, store, farSide, first } = await open()
  const go = await hold()
  const rotated = await rotate(kind, { ...options, go })
  expect(rotated).toMatchObject({ version: go, revoked: first })
  expect(await expectOneVersion(store, farSide)).toBe(go)
  const calls = farSide.calls.length
  expect(await rotate(kind, { ...options, go })).toEqual(rotated)
  expect(farSide.calls).toHaveLength(calls)
})

it('an order for a rotation that is not held is refused, and begins none', async () => {
  const { kind, options, first, store, farSide } = await open()
  const refused = { code: 'not-held' }
  await expect(rotate(kind, { ...options, go: first })).rejects.toMatchObject(refused)
  expect(farSide.calls).toEqual([])
  expect(await expectOneVersion(store, farSide)).toBe(first)
})

it.each([
  ['is open and was never held', 'admit end'],
  ['is finished, and made another version', ''],
])('an order is refused where the rotation %s', async (_name, point) => {
  const { kind, options, first } = await open()
  const { store, journal, clock } = options
  const running = rotate(kind, { store, journal, clock, onEvent: dieAt(point) })
  await (point === '' ? running : expect(running).rejects.toThrow('killed'))
  await expect(rotate(kind, { ...options, go: first })).rejects.toMatchObject({
    ...{ code: 'not-held', message: expect.stringContaining('see rekey status') as string },
  })
})

it('an order for an earlier rotation does not let the next one go on', async () => {
  const { hold, kind, options, first, staged } = await open()
  const go = await hold()
  await rotate(kind, { ...options, go })
  const next = await hold()
  for (const stale of [go, first, '']) {
    await expect(rotate(kind, { ...options, go: stale })).rejects.toMatchObject({
      code: 'not-held',
    })
  }
  expect((await staged()).previous?.version).toBe(go)
  expect(await rotate(kind, { ...options, go: next })).toMatchObject({ revoked: go })
})

it('of two orders at once one is carried out and the other finds the claim taken; a rotation that went on is not held again', async () => {
  const { hold, kind, options, farSide, store } = await open('after-confirm')
  const go = await hold()
  farSide.refuse.set('revoke', new SecretError('unreachable', 'no answer'))
  const orders = [rotate(kind, { ...options, go }), rotate(kind, { ...options, go })]
  const ends = await Promise.allSettled(orders)
  const codes = ends.map(
    (end) => end.status === 'rejected' && (end.reason as { code: string }).code,
  )
  expect(codes).toEqual(['stopped', 'busy'])
  farSide.refuse.clear()
  expect(await rotate(kind, options)).toMatchObject({ version: go })
  expect(await expectOneVersion(store, farSide)).toBe(go)
})

it.each(['promote end', 'confirm begin', 'confirm end'])(
  'killed at %s, it is held by the next run, and goes on by an order',
  async (point) => {
    const { kind, options, store, farSide } = await open('after-confirm')
    const dying = { ...options, onEvent: dieAt(point) }
    await expect(rotate(kind, dying)).rejects.toThrow('killed')
    await expect(rotate(kind, options)).rejects.toMatchObject({ code: 'held' })
    const go = (await store.read(NAME)).current.version
    await expect(rotate(kind, { ...options, go, onEvent: dieAt('confirm begin') })).rejects.toThrow(
      'killed',
    )
    expect(await rotate(kind, options)).toMatchObject({ version: go })
    expect(await expectOneVersion(store, farSide)).toBe(go)
  },
)

it('no hold outlasts the hard end of the overlap: the first run after it goes on without an order', async () => {
  const { kind, options, clock, entry, store, farSide } = await open()
  const bounded = { ...kind, maxOverlapMs: HOUR_MS }
  const begun = clock.now()
  const until = begun + HOUR_MS
  const held = { code: 'held', details: { until } }
  await expect(rotate(bounded, options)).rejects.toMatchObject(held)
  expect((await entry())?.intent?.resumesAt).toBe(until)
  await clock.advance(HOUR_MS - 1)
  await expect(rotate(bounded, options)).rejects.toMatchObject(held)
  await clock.advance(1)
  await rotate(bounded, options)
  await expectOneVersion(store, farSide)
})

it('no hold outlasts a hard end of the overlap that was set since', async () => {
  const { hold, kind, options, clock, store, farSide } = await open()
  const go = await hold()
  const bounded = { ...kind, maxOverlapMs: HOUR_MS }
  await clock.advance(HOUR_MS - 1)
  await expect(rotate(bounded, options)).rejects.toMatchObject({ code: 'held' })
  await clock.advance(1)
  expect(await rotate(bounded, options)).toMatchObject({ version: go })
  await expectOneVersion(store, farSide)
})

it('is not held where the overlap ended before the point of the hold', async () => {
  const { kind, options, clock, first, store, farSide } = await open('after-confirm')
  const slow: typeof kind = {
    ...kind,
    maxOverlapMs: HOUR_MS,
    async confirm(...of) {
      await clock.advance(HOUR_MS)
      await kind.confirm(...of)
    },
  }
  const patient = { ...options, stepLimitMs: 2 * HOUR_MS, leaseMs: 3 * HOUR_MS }
  expect(await rotate(slow, patient)).toMatchObject({ revoked: first })
  await expectOneVersion(store, farSide)
})

it.each<[string, { createdHoursAgo?: number; isOfFarSide?: boolean }, number]>([
  ['by its store or value', { createdHoursAgo: 0 }, 2],
  ['by its store or value, which is older than this rotation', { createdHoursAgo: 1 }, 5 / 3],
  ['by its store or value, which does not say how old it is', {}, 2],
  ['by its far side', { createdHoursAgo: 0, isOfFarSide: true }, 2],
])(
  'no hold outlasts the time at which the new version is due %s',
  async (_by, { createdHoursAgo, isOfFarSide = false }, hours) => {
    const { kind, options, clock, store, farSide } = await open('after-confirm')
    const end = new Date(clock.now() + 3 * HOUR_MS)
    const life = {
      ...(createdHoursAgo !== undefined && {
        createdAt: new Date(clock.now() - createdHoursAgo * HOUR_MS),
      }),
      ...(!isOfFarSide && { expiresAt: end }),
    }
    const hold = { ...options.hold, lifeOf: () => life }
    const acceptedUntil = () => Promise.resolve(isOfFarSide ? end : undefined)
    const ending = { ...kind, acceptedUntil }
    const held = { code: 'held', details: { until: clock.now() + hours * HOUR_MS } }
    await expect(rotate(ending, { ...options, hold })).rejects.toMatchObject(held)
    await clock.advance(hours * HOUR_MS - 1)
    await expect(rotate(ending, { ...options, hold })).rejects.toMatchObject(held)
    await clock.advance(1)
    await rotate(ending, { ...options, hold })
    await expectOneVersion(store, farSide)
  },
)

it('a rotation that is held is rolled back, and an order for it is refused then', async () => {
  const { hold, kind, options, first, store, farSide, entry } = await open()
  const go = await hold()
  expect(await rollBack(kind, options)).toMatchObject({ version: first })
  expect(await expectOneVersion(store, farSide)).toBe(first)
  expect((await entry())?.intent?.hold).toBeUndefined()
  await expect(rotate(kind, { ...options, go })).rejects.toMatchObject({ code: 'not-held' })
})

it('an emergency does not wait for an order: all that was live is refused, and nothing is held', async () => {
  const { hold, kind, options, first, store, farSide, entry } = await open()
  const version = await hold()
  const rotated = await rotate(kind, { ...options, compromised: true })
  expect(rotated).not.toHaveProperty('unproven')
  expect([first, version]).not.toContain(await expectOneVersion(store, farSide))
  expect((await entry())?.intent?.hold).toBeUndefined()
})

it('an old version that returns since its end did harm waits for no order', async () => {
  const { hold, kind, options, first, store, farSide } = await open()
  const go = await hold()
  let isHarmful = true
  const confirmRevoked = () => {
    const refusal = new SecretError('rejected', 'the old one is still needed')
    const ends = isHarmful ? Promise.reject(refusal) : Promise.resolve()
    isHarmful = false
    return ends
  }
  const harmed = { ...kind, confirmRevoked }
  await expect(rotate(harmed, { ...options, go })).rejects.toMatchObject({ code: 'rolled-back' })
  expect((await store.read(NAME)).previous).toBeUndefined()
  expect(await expectOneVersion(store, farSide)).toBe(first)
})
