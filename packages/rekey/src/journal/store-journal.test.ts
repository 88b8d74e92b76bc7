import { setImmediate as nextTurn } from 'node:timers/promises'
import { createFakeClock, SecretError, type SecretStore, type StagedSecret } from '@rekey/secret'
import { describe, expect, it } from 'vitest'
import {
  dyingAfter,
  type Intercept,
  intercepted,
  losingReply,
} from '../../test/journal/failing-store.support.ts'
import {
  ENTRY,
  fixture,
  LEASE_MS,
  SECRET,
  secrets,
} from '../../test/journal/store-journal.support.ts'
import { dieAt, expectOneVersion, setUp } from '../../test/engine/far-side.support.ts'
import { openStoreJournal } from '../engine/internal.ts'
import { rotate } from '../engine/index.ts'

const SKEW_MS = 300_000
const INTENT = { mode: 'forward', from: { version: 'v1' } } as const

async function wholeClaim(journal: Awaited<ReturnType<typeof openStoreJournal>>) {
  const claim = await journal.claim(SECRET, 'one', LEASE_MS)
  await claim.setIntent(INTENT)
  await claim.record({ secret: SECRET, step: 'admit', phase: 'begin' })
  await claim.release()
}

async function countCalls(): Promise<number> {
  const { store, open } = fixture()
  await wholeClaim(await open())
  let calls = 0
  const count: Intercept = (_, work) => {
    calls += 1
    return work()
  }
  await wholeClaim(await open(intercepted(store, count)))
  return calls
}

const CALLS = Array.from({ length: await countCalls() }, (_, n) => n)

it('keeps one version, and no value, in an entry of its own while nobody rotates', async () => {
  const { store, open } = fixture()
  await wholeClaim(await open())
  await wholeClaim(await open())
  const { current, pending, previous } = await store.read(ENTRY)
  expect([pending, previous]).toEqual([undefined, undefined])
  expect(JSON.parse(current.value.expose())).toMatchObject({ epoch: 2, intent: INTENT })
})

it.each(CALLS)(
  'a rotator that died after %i calls of the store is followed by the next one',
  async (calls) => {
    const { store, clock, open } = fixture()
    await wholeClaim(await open())
    const dying = dyingAfter(calls, store)
    void open(dying.store).then(wholeClaim)
    await dying.isDead
    await clock.advance(LEASE_MS + SKEW_MS + 1)
    const next = await (await open()).claim(SECRET, 'next', LEASE_MS)
    expect(next.epoch).toBeLessThanOrEqual(3)
    expect(next.intent).toEqual(INTENT)
    await next.release()
    const { current, pending, previous } = await store.read(ENTRY)
    expect([pending, previous]).toEqual([undefined, undefined])
    expect(JSON.parse(current.value.expose())).toMatchObject({ epoch: next.epoch })
  },
)

it.each(CALLS)(
  'R10 the reply to call %i of the store is lost: nothing is written twice',
  async (lost) => {
    const { store, open } = fixture()
    await wholeClaim(await open())
    const journal = await open(store)
    const verbs: string[] = []
    const noting = intercepted(store, (verb, work) => {
      if (verb === 'promote') verbs.push(verb)
      return work()
    })
    const losing = await open(losingReply(lost + 2, noting))
    await wholeClaim(losing)
    expect(verbs).toHaveLength(4)
    expect(await journal.entries()).toMatchObject([{ epoch: 2, intent: INTENT, step: 'admit' }])
  },
)

it('respects a claim that is still being made, and one that never was until its lease is over', async () => {
  const { store, clock, open } = fixture()
  await wholeClaim(await open())
  const dying = dyingAfter(3, store)
  void open(dying.store).then(wholeClaim)
  await dying.isDead
  expect((await store.read(ENTRY)).pending).toBeDefined()
  const journal = await open()
  const refused = { code: 'busy', message: expect.stringContaining('one') as string }
  await expect(journal.claim(SECRET, 'next', LEASE_MS)).rejects.toMatchObject(refused)
  await clock.advance(LEASE_MS + SKEW_MS + 1)
  // The claim that was never made is finished, and then followed.
  expect(await journal.claim(SECRET, 'next', LEASE_MS)).toMatchObject({ epoch: 3 })
})

it('is not fenced by a read that shows what the store held before its claim, and asks again', async () => {
  const { store, open } = fixture()
  await wholeClaim(await open())
  const before = await store.read(ENTRY)
  const late: StagedSecret[] = []
  const lagging: SecretStore = {
    ...intercepted(store, (_, work) => work()),
    read: async (name) => late.pop() ?? store.read(name),
  }
  const claim = await (await open(lagging)).claim(SECRET, 'two', LEASE_MS)
  late.push(before)
  await claim.setIntent(INTENT)
  expect(late).toEqual([])
  expect(await (await open()).entries()).toMatchObject([{ holder: 'two', intent: INTENT }])
})

it('R53 an emergency takes over from a rotator that writes all the time, whatever it is writing', async () => {
  const { store, open } = fixture()
  const live = await (await open()).claim(SECRET, 'live', LEASE_MS)
  let writes = 0
  // Before each of the first writes of the emergency another one of the rotator that it takes over.
  const raced = intercepted(store, async (verb, work) => {
    if (verb !== 'read' && writes < 5) {
      writes += 1
      await live.renew()
    }
    return work()
  })
  const journal = await open(raced)
  const claim = await journal.claim(SECRET, 'urgent', LEASE_MS, { isEmergency: true })
  expect([writes, claim.takenFrom]).toEqual([5, { holder: 'live', epoch: 1 }])
  await expect(live.renew()).rejects.toMatchObject({
    code: 'fenced',
    details: { emergency: 'urgent' },
  })
})

it('an emergency and a rotator whose calls alternate do not undo without end what the other has staged', async () => {
  const { store, open } = fixture()
  const turns = new Turns()
  let calls = 0
  const inTurn = (who: string) =>
    intercepted(store, (_, work) => {
      calls += 1
      return turns.wait(who).then(work)
    })
  const opening = Promise.all([open(inTurn('r')), open(inTurn('e'))])
  await turns.give('re')
  const [rotator, urgent] = await opening
  const claiming = rotator.claim(SECRET, 'live', LEASE_MS)
  await turns.give('rr')
  const claim = await claiming
  calls = 0
  const isEmergency = true
  const writes = [claim.renew(), urgent.claim(SECRET, 'urgent', LEASE_MS, { isEmergency })]
  const written = Promise.allSettled(writes)
  await turns.give(`rree${'rrreee'.repeat(20)}`)
  turns.open()
  expect((await written)[1]).toMatchObject({ status: 'fulfilled' })
  expect(calls).toBeLessThan(20)
})

it('R55 an emergency whose claim is staged is not taken over, and fences the rotator that it takes over', async () => {
  const { store, open } = fixture()
  const live = await (await open()).claim(SECRET, 'live', LEASE_MS)
  const dying = dyingAfter(3, store)
  const urgent = { isEmergency: true }
  void (await open(dying.store)).claim(SECRET, 'urgent', LEASE_MS, urgent)
  await dying.isDead
  expect((await store.read(ENTRY)).pending).toBeDefined()
  const second = (await open()).claim(SECRET, 'second', LEASE_MS, urgent)
  const refused = { code: 'busy', message: expect.stringContaining('grace by urgent') as string }
  await expect(second).rejects.toMatchObject(refused)
  await expect(live.renew()).rejects.toMatchObject({ details: { emergency: 'urgent' } })
})

it('says that the store does not answer, if it does not', async () => {
  const { store, open } = fixture()
  const journal = await open()
  const claim = await journal.claim(SECRET, 'one', LEASE_MS)
  const down = intercepted(store, () => Promise.reject(new SecretError('unreachable', 'down')))
  await expect(open(down)).rejects.toMatchObject({ code: 'unreachable' })
  await claim.renew()
})

/** Every order in which the calls of two processes can reach the store, as far as the first eight go. */
const ORDERS = Array.from({ length: 2 ** 8 }, (_, n) => n.toString(2).padStart(8, '0'))

/** How an earlier rotator left the entry: how many claims it made, and after which call of the next one it died. */
const LEFT = [
  { state: 'was never claimed', claims: 0 },
  { state: 'is free', claims: 1 },
  { state: 'is held by a dead rotator', claims: 0, diesAfter: 3 },
  { state: 'is held by a dead rotator that was writing', claims: 0, diesAfter: 5 },
  { state: 'is held by a dead rotator that had written', claims: 0, diesAfter: 6 },
  { state: 'was being claimed by a rotator that died', claims: 1, diesAfter: 3 },
]

it.each(LEFT)(
  'R7 two rotators start together on a secret that $state: in every order of their calls exactly one gets it',
  async ({ claims: before, diesAfter }) => {
    for (const order of ORDERS) {
      const { store, clock, open } = fixture()
      for (let n = 0; n < before; n += 1) await wholeClaim(await open())
      if (diesAfter !== undefined) {
        const dying = dyingAfter(diesAfter, store)
        void open(dying.store).then(wholeClaim)
        await dying.isDead
        await clock.advance(LEASE_MS + SKEW_MS + 1)
      }
      const turns = new Turns()
      const claims = ['0', '1'].map(async (who) => {
        const journal = await open(intercepted(store, (_, work) => turns.wait(who).then(work)))
        return journal.claim(SECRET, who, LEASE_MS)
      })
      const results = Promise.allSettled(claims)
      await turns.give(order)
      turns.open()
      const [won, ...others] = (await results).sort((a, b) => (a.status < b.status ? -1 : 1))
      expect([won?.status, others.map(({ status }) => status)]).toEqual(['fulfilled', ['rejected']])
      expect(others[0]).toMatchObject({ reason: { code: 'busy' } })
    }
  },
)

describe('R25 clocks differ', () => {
  const atOffset = async (store: SecretStore, clock: { now(): number }, offsetMs: number) => {
    const own = { ...createFakeClock(), now: () => clock.now() + offsetMs }
    return openStoreJournal(store, { secrets, clock: own })
  }

  it('by five minutes: the lease of a slow clock is not over by the fast one before it is by its own', async () => {
    const { store, clock } = fixture()
    await (await atOffset(store, clock, -SKEW_MS / 2)).claim(SECRET, 'slow', LEASE_MS)
    const fast = await atOffset(store, clock, SKEW_MS / 2)
    await clock.advance(LEASE_MS)
    await expect(fast.claim(SECRET, 'fast', LEASE_MS)).rejects.toMatchObject({ code: 'busy' })
    await clock.advance(1)
    expect(await fast.claim(SECRET, 'fast', LEASE_MS)).toMatchObject({ epoch: 2 })
  })

  it('by an hour: a lease may be taken over too early, and who held it is fenced', async () => {
    const { store, clock } = fixture()
    const slow = await (await atOffset(store, clock, -3_600_000)).claim(SECRET, 'slow', LEASE_MS)
    const fast = await (await atOffset(store, clock, 0)).claim(SECRET, 'fast', LEASE_MS)
    await expect(slow.renew()).rejects.toMatchObject({ code: 'fenced' })
    await fast.renew()
  })
})

it.each(['stage end', 'promote begin', 'confirm end', 'revoke end', 'confirm-revoked end'])(
  'finishes a rotation that died at %s, with the journal and the secret in one store',
  async (point) => {
    const { store, farSide, options, first } = await setUp()
    const clock = createFakeClock()
    const journal = await openStoreJournal(store, { secrets, clock })
    const dying = { ...options, journal, request: 'once', onEvent: dieAt(point) }
    await expect(rotate(farSide.kind, dying)).rejects.toThrow('killed')
    const rotated = await rotate(farSide.kind, { ...options, journal, request: 'once' })
    expect(await expectOneVersion(store, farSide)).toBe(rotated.version)
    expect(rotated.revoked).toBe(first)
  },
)

/** Lets waiting calls go one by one, in a given order of who makes them. */
class Turns {
  readonly #waiting = new Map<string, () => void>()
  #isOpen = false

  wait(who: string): Promise<void> {
    if (this.#isOpen) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.set(who, resolve))
  }

  async give(order: string): Promise<void> {
    for (const who of order) {
      await nextTurn()
      this.#waiting.get(who)?.()
      this.#waiting.delete(who)
    }
  }

  /** Lets each of its calls through at once from now on. */
  open(): void {
    this.#isOpen = true
    for (const go of this.#waiting.values()) go()
  }
}
