import { createFakeClock, SecretError } from '@rekey/secret'
import { throttled } from '@rekey/testbed'
import { expect, it } from 'vitest'
import { intercepted, losingReply } from '../../test/journal/failing-store.support.ts'
import { expectOneVersion, NAME, setUp } from '../../test/engine/far-side.support.ts'
import { createMemoryJournal, rollBack, rotate, type RotationJournal } from '../engine/index.ts'
import { openStoreJournal } from '../engine/internal.ts'

it('R63 a rotation outlives a store, and the journal in it, that throttles two of five calls', async () => {
  const { store, farSide, options, first } = await setUp()
  const throttling = throttled(store, () => new SecretError('unreachable', 'too many requests'))
  const journal = await openStoreJournal(throttling.target, { secrets: [NAME] })
  const failing = {
    ...options,
    journal,
    store: throttling.target,
    leaseMs: 12_000,
    onEvent: throttling.begin,
  }
  expect(await rotate(farSide.kind, failing)).toMatchObject({ revoked: first })
  expect(throttling.refused()).toBeGreaterThan(5)
  await expectOneVersion(store, farSide)
}, 60_000)

/** The calls of a rotation: it reads, stages, promotes and revokes. */
it.each([2, 3, 4])(
  'R63 the answer to call %i of the store is lost: the rotation goes on, and no write is made twice',
  async (lost) => {
    const { store, farSide, options, first } = await setUp()
    const verbs: string[] = []
    const noting = intercepted(store, async (verb, work) => {
      const result = await work()
      if (verb !== 'read') verbs.push(verb)
      return result
    })
    const losing = { ...options, store: losingReply(lost, noting) }
    expect(await rotate(farSide.kind, losing)).toMatchObject({ revoked: first })
    expect(verbs).toEqual(['stage', 'promote', 'revoke'])
    await expectOneVersion(store, farSide)
  },
)

it('R63 the answers to both writes of a rollback are lost: it goes on', async () => {
  const { store, farSide, options, first } = await setUp()
  farSide.refuse.set('revoke', new SecretError('unreachable', 'down'))
  await expect(rotate(farSide.kind, options)).rejects.toMatchObject({ step: 'revoke' })
  const lost = new Set<string>()
  const losing = intercepted(store, async (verb, work) => {
    const result = await work()
    if (verb === 'read' || lost.has(verb)) return result
    lost.add(verb)
    throw new SecretError('unreachable', `no reply to ${verb}`)
  })
  await rollBack(farSide.kind, { ...options, store: losing })
  expect([...lost]).toEqual(['rollback', 'abort'])
  expect(await expectOneVersion(store, farSide)).toBe(first)
})

it('R63 another writer comes between a write without an answer and the next try: it stops there', async () => {
  const { store, farSide, options } = await setUp()
  let isRaced = false
  const raced = intercepted(store, async (verb, work) => {
    if (verb !== 'promote' || isRaced) return work()
    isRaced = true
    const { revision } = await store.read(NAME)
    await store.abort(NAME, revision)
    throw new SecretError('unreachable', 'no reply')
  })
  const stopped = { code: 'stopped', step: 'promote', reason: 'conflict' }
  await expect(rotate(farSide.kind, { ...options, store: raced })).rejects.toMatchObject(stopped)
  expect((await store.read(NAME)).previous).toBeUndefined()
})

it.each(['request', 'answer'])(
  'R63 the %s of each second write of the journal is lost: the rotation outlives it',
  async (lost) => {
    const { store, farSide, options, first, events } = await setUp()
    const journal = createMemoryJournal()
    let writes = 0
    const losing = async (write: () => Promise<void>) => {
      writes += 1
      const isLost = writes % 2 === 1
      if (!isLost || lost === 'answer') await write()
      if (isLost) throw new SecretError('unreachable', `no ${lost}`)
    }
    const cut: RotationJournal = {
      ...journal,
      claim: async (...request) => {
        const claim = await journal.claim(...request)
        return {
          ...claim,
          setIntent: (intent) => losing(() => claim.setIntent(intent)),
          record: (event, intent) => losing(() => claim.record(event, intent)),
        }
      },
    }
    expect(await rotate(farSide.kind, { ...options, journal: cut })).toMatchObject({
      revoked: first,
    })
    expect(writes).toBeGreaterThan(30)
    expect(events.filter(({ phase }) => phase === 'begin')).toHaveLength(8)
    await expectOneVersion(store, farSide)
  },
)

it('R63 a store that stays away ends the step after a minute, a journal after the length of a lease', async () => {
  const away = () => Promise.reject(new SecretError('unreachable', 'away'))
  for (const [limitMs, isStore] of [
    [60_000, true],
    [15_000, false],
  ] as const) {
    const { store, farSide, options } = await setUp()
    const clock = createFakeClock()
    const journal = createMemoryJournal(clock)
    const silent: RotationJournal = {
      ...journal,
      claim: async (...request) => ({ ...(await journal.claim(...request)), record: away }),
    }
    const failing = intercepted(store, (verb, work) => (verb === 'stage' ? away() : work()))
    const part = isStore ? { journal, store: failing } : { journal: silent }
    const rotation = rotate(farSide.kind, { ...options, ...part, clock })
    const stopped = expect(rotation).rejects.toMatchObject({
      code: 'stopped',
      reason: 'unreachable',
    })
    const begunAt = clock.elapsed()
    void rotation.catch(() => undefined).finally(() => (ended = clock.elapsed() - begunAt))
    let ended: number | undefined
    for (let passed = 0; ended === undefined && passed < 300; passed += 1) await clock.advance(500)
    await stopped
    expect(ended).toBeGreaterThanOrEqual(limitMs)
    expect(ended).toBeLessThanOrEqual(limitMs + 1_000)
  }
})
