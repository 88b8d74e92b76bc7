import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFakeClock, type SecretStore } from '@rekey/secret'
import { createMemoryStore, openDotenvStore } from '@rekey/config-loader/store'
import { openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryJournal, openPostgresJournal, type RotationJournal } from '../engine/index.ts'
import { openStoreJournal } from '../engine/internal.ts'

interface Opened {
  readonly journal: RotationJournal
  /** Of the shortest lease that `expire` waits for. */
  readonly leaseMs: number
  expire(): Promise<void>
  close(): Promise<void>
}

const SECRET = 'NAME'
const LONG_MS = 600_000

function openMemory(): Promise<Opened> {
  const clock = createFakeClock()
  const expire = () => clock.advance(1_001)
  const close = () => Promise.resolve()
  return Promise.resolve({ journal: createMemoryJournal(clock), leaseMs: 1_000, expire, close })
}

async function openInStore(store: SecretStore, close: () => Promise<void>): Promise<Opened> {
  const clock = createFakeClock()
  const journal = await openStoreJournal(store, { secrets: [SECRET], clock, skewMs: 5_000 })
  return { journal, leaseMs: 1_000, expire: () => clock.advance(6_001), close }
}

async function openInDotenv(): Promise<Opened> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-journal-'))
  const store = await openDotenvStore({ path: join(directory, '.env') })
  return openInStore(store, async () => {
    await store[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })
}

let server: Awaited<ReturnType<typeof openPostgres>>
let pool: pg.Pool
beforeAll(async () => {
  server = await openPostgres()
  pool = new pg.Pool({ connectionString: server.adminUrl.expose() })
  // pg.Pool's end() does not wait for its connections, so the server may still cut them.
  pool.on('error', () => undefined)
})
afterAll(async () => {
  await pool.end()
  await server.close()
})

async function openInPostgres(): Promise<Opened> {
  const journal = await openPostgresJournal(pool)
  const close = async () => {
    await pool.query('drop schema rekey cascade')
  }
  return { journal, leaseMs: 1, expire: () => sleep(20), close }
}

describe.each([
  ['in memory', openMemory],
  ['in a store in memory', () => openInStore(createMemoryStore(), () => Promise.resolve())],
  ['in a .env file', openInDotenv],
  ['in PostgreSQL', openInPostgres],
])('a journal %s', (_, open) => {
  let opened: Opened
  let journal: RotationJournal
  beforeEach(async () => {
    opened = await open()
    journal = opened.journal
  })
  afterEach(() => opened.close())

  const event = (step: 'admit' | 'prove') => ({ secret: SECRET, step, phase: 'begin' }) as const

  it('gives a secret to one rotator, and tells the other who has it', async () => {
    await journal.claim(SECRET, 'one', LONG_MS)
    const refused = { code: 'busy', message: expect.stringContaining('one') as string }
    await expect(journal.claim(SECRET, 'two', LONG_MS)).rejects.toMatchObject(refused)
  })

  it('R7 two rotators start together: exactly one of twenty gets the claim', async () => {
    const claims = Array.from({ length: 20 }, (_, n) => journal.claim(SECRET, `r${n}`, LONG_MS))
    const results = await Promise.allSettled(claims)
    const refusals = results.filter(({ status }) => status === 'rejected')
    expect(refusals).toHaveLength(19)
    for (const refusal of refusals) expect(refusal).toMatchObject({ reason: { code: 'busy' } })
  })

  it('gives a released secret to the next one at once, with the next epoch', async () => {
    const first = await journal.claim(SECRET, 'one', LONG_MS)
    await first.record(event('admit'))
    await first.release()
    const second = await journal.claim(SECRET, 'two', LONG_MS)
    expect([first.epoch, second.epoch]).toEqual([1, 2])
  })

  it('gives the entries of the secrets that are asked for', async () => {
    await journal.claim(SECRET, 'one', LONG_MS)
    expect(await journal.entries([SECRET])).toMatchObject([{ secret: SECRET, holder: 'one' }])
    expect(await journal.entries([])).toEqual([])
    expect(await journal.entries(['OTHER_SECRET'])).toEqual([])
  })

  it('gives the secret of a rotator that died to the next one when its lease is over, and names no holder until then', async () => {
    await journal.claim(SECRET, 'dead', opened.leaseMs)
    await opened.expire()
    expect((await journal.entries())[0]).not.toHaveProperty('holder')
    expect(await journal.claim(SECRET, 'next', LONG_MS)).toMatchObject({ epoch: 2 })
  })

  it('R8 a rotator that was paused past its lease can write nothing more, and takes nothing away', async () => {
    const paused = await journal.claim(SECRET, 'paused', opened.leaseMs)
    await opened.expire()
    const other = await journal.claim(SECRET, 'other', LONG_MS)
    const intent = { mode: 'forward', from: { version: 'v1' } } as const
    await expect(paused.record(event('prove'))).rejects.toMatchObject({ code: 'fenced' })
    await expect(paused.renew()).rejects.toMatchObject({ code: 'fenced' })
    await expect(paused.setIntent(intent)).rejects.toMatchObject({ code: 'fenced' })
    await paused.release()
    await other.record(event('admit'))
    expect(await journal.entries()).toMatchObject([{ holder: 'other', epoch: 2, step: 'admit' }])
  })

  it('lets a late rotator go on as long as nobody has taken over', async () => {
    const late = await journal.claim(SECRET, 'late', opened.leaseMs)
    await opened.expire()
    await late.record(event('admit'))
    await late.renew()
  })

  it('remembers where a rotation goes, for whoever claims next', async () => {
    const odd = `it's "${randomBytes(6).toString('hex')}" \\ \``
    const intent = { mode: 'rollback', from: { version: 'v1', id: 'k1' }, request: odd } as const
    const claim = await journal.claim(SECRET, 'one', LONG_MS)
    expect(claim.intent).toBeUndefined()
    await claim.setIntent(intent)
    await claim.record(event('admit'))
    await claim.release()
    expect((await journal.claim(SECRET, 'two', LONG_MS)).intent).toEqual(intent)
    expect(await journal.entries()).toMatchObject([{ secret: SECRET, intent, step: 'admit' }])
  })

  it('remembers the step that was begun and not ended, for whoever claims next', async () => {
    const first = await journal.claim(SECRET, 'one', LONG_MS)
    expect(first.begun).toBeUndefined()
    await first.record(event('admit'))
    await first.release()
    const second = await journal.claim(SECRET, 'two', LONG_MS)
    expect(second.begun).toBe('admit')
    await second.record({ ...event('admit'), phase: 'end' })
    await second.release()
    expect((await journal.claim(SECRET, 'three', LONG_MS)).begun).toBeUndefined()
  })

  it('R33 keeps receipts, progress and the time of promote, written together with an event, for the next claim', async () => {
    const receipts = [{ version: 'v0', id: 'k0', at: 1_000, evidence: 'refused by one' }]
    const intent = {
      ...({ mode: 'forward', from: { version: 'v1' }, to: { version: 'v2' } } as const),
      ...{ promotedAt: 2_000, progress: { silence: { counts: { one: '1 2' } } }, receipts },
    }
    const claim = await journal.claim(SECRET, 'one', LONG_MS)
    await claim.record(event('admit'), intent)
    await claim.record(event('prove'))
    expect(await journal.entries()).toMatchObject([{ intent, step: 'prove' }])
    await claim.release()
    expect((await journal.claim(SECRET, 'two', LONG_MS)).intent).toEqual(intent)
  })

  it('R8 a rotator that was paused past its lease writes no receipt', async () => {
    const intent = { mode: 'forward', from: { version: 'v1' } } as const
    const receipts = [{ version: 'v1', at: 1_000, evidence: 'nothing' }]
    const paused = await journal.claim(SECRET, 'paused', opened.leaseMs)
    await opened.expire()
    const other = await journal.claim(SECRET, 'other', LONG_MS)
    await other.setIntent(intent)
    await expect(paused.setIntent({ ...intent, receipts })).rejects.toMatchObject({
      code: 'fenced',
    })
    const late = paused.record(event('admit'), { ...intent, receipts })
    await expect(late).rejects.toMatchObject({ code: 'fenced' })
    expect((await journal.entries())[0]?.intent).toEqual(intent)
  })

  const emergency = (holder: string) =>
    journal.claim(SECRET, holder, LONG_MS, { isEmergency: true })

  it('R53 an emergency takes the claim of a live rotator over, which writes nothing more and learns why', async () => {
    const intent = { mode: 'forward', from: { version: 'v1' } } as const
    const live = await journal.claim(SECRET, 'live', LONG_MS)
    await live.setIntent(intent)
    const claim = await emergency('urgent')
    expect(claim).toMatchObject({ epoch: 2, intent, takenFrom: { holder: 'live', epoch: 1 } })
    const refused = {
      ...{ code: 'fenced', details: { emergency: 'urgent' } },
      message: expect.stringContaining('urgent took it over') as string,
    }
    await expect(live.record(event('prove'))).rejects.toMatchObject(refused)
    await expect(live.setIntent({ ...intent, mode: 'rollback' })).rejects.toMatchObject(refused)
    await expect(live.renew()).rejects.toMatchObject(refused)
    await live.release()
    await claim.record(event('admit'))
    const [entry] = await journal.entries()
    expect(entry).toMatchObject({ holder: 'urgent', epoch: 2, step: 'admit', intent })
    await claim.release()
    const next = await journal.claim(SECRET, 'next', LONG_MS)
    expect([next.epoch, next.takenFrom]).toEqual([3, undefined])
    await expect(live.renew()).rejects.toMatchObject(refused)
  })

  it('R53 an emergency takes nothing over where no rotator is live', async () => {
    const first = await emergency('one')
    expect([first.epoch, first.takenFrom]).toEqual([1, undefined])
    await first.release()
    await journal.claim(SECRET, 'dead', opened.leaseMs)
    await opened.expire()
    const claim = await emergency('urgent')
    expect([claim.epoch, claim.takenFrom]).toEqual([3, undefined])
  })

  it('R55 an emergency is not taken over while it is live, neither before its intent nor by the intent of an ordinary claim', async () => {
    await journal.claim(SECRET, 'live', LONG_MS)
    const first = await emergency('first')
    const refused = (holder: string) => ({
      code: 'busy',
      message: expect.stringContaining(`without grace by ${holder}`) as string,
    })
    await expect(emergency('second')).rejects.toMatchObject(refused('first'))
    await first.setIntent({ mode: 'emergency', from: { version: 'v1' } })
    await first.release()
    const finishing = await journal.claim(SECRET, 'finishing', LONG_MS)
    await expect(emergency('second')).rejects.toMatchObject(refused('finishing'))
    const outcome = { secret: SECRET, version: 'v2' }
    await finishing.setIntent({ mode: 'emergency', from: { version: 'v1' }, outcome })
    expect(await emergency('second')).toMatchObject({ epoch: 4 })
  })

  it('R55 of ten emergencies that take over at once, exactly one gets the claim', async () => {
    const live = await journal.claim(SECRET, 'live', LONG_MS)
    const claims = Array.from({ length: 10 }, (_, n) => emergency(`urgent-${n}`))
    const results = await Promise.allSettled([...claims, live.renew().catch(() => undefined)])
    const refusals = results.filter(({ status }) => status === 'rejected')
    expect(refusals).toHaveLength(9)
    for (const refusal of refusals) expect(refusal).toMatchObject({ reason: { code: 'busy' } })
    expect(await journal.entries()).toMatchObject([{ epoch: 2 }])
  })

  it('does not lose what is written while the lease is renewed', async () => {
    const intent = { mode: 'forward', from: { version: 'v1' } } as const
    const claim = await journal.claim(SECRET, 'one', LONG_MS)
    await Promise.all([
      claim.renew(),
      claim.setIntent(intent),
      claim.renew(),
      claim.record(event('prove')),
    ])
    expect(await journal.entries()).toMatchObject([{ holder: 'one', intent, step: 'prove' }])
  })

  it('tells who holds a secret, until it is given free', async () => {
    expect(await journal.entries()).toEqual([])
    const claim = await journal.claim(SECRET, 'one', LONG_MS)
    const entry = { secret: SECRET, epoch: 1, at: expect.any(Date) as Date }
    expect(await journal.entries()).toStrictEqual([{ ...entry, holder: 'one' }])
    await claim.release()
    expect(await journal.entries()).toStrictEqual([entry])
  })
})

it.each([-LONG_MS, LONG_MS])(
  'a lease in memory lasts as long when the clock is set by %i ms',
  async (byMs) => {
    const clock = createFakeClock()
    const journal = createMemoryJournal(clock)
    await journal.claim(SECRET, 'one', 1_000)
    clock.jump(byMs)
    await expect(journal.claim(SECRET, 'two', 1_000)).rejects.toMatchObject({ code: 'busy' })
    await clock.advance(1_000)
    expect((await journal.entries())[0]).not.toHaveProperty('holder')
    expect(await journal.claim(SECRET, 'two', 1_000)).toMatchObject({ epoch: 2 })
  },
)

it('each write extends a lease in memory by its whole length', async () => {
  const clock = createFakeClock()
  const journal = createMemoryJournal(clock)
  const claim = await journal.claim(SECRET, 'one', 1_000)
  await clock.advance(900)
  await claim.renew()
  await clock.advance(999)
  await expect(journal.claim(SECRET, 'two', 1_000)).rejects.toMatchObject({ code: 'busy' })
  expect((await journal.entries())[0]?.at).toEqual(new Date(clock.now() - 999))
})
