import { openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { openPostgresJournal, type RotationJournal } from './index.ts'

let server: Awaited<ReturnType<typeof openPostgres>>
let pool: pg.Pool
let journal: RotationJournal
let secret: string
let count = 0

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
beforeEach(async () => {
  journal = await openPostgresJournal(pool)
  count += 1
  secret = `SECRET_${count}`
})

const event = (step: 'admit' | 'prove') => ({ secret, step, phase: 'begin' }) as const

it('gives a secret to one rotator, and tells the other who has it', async () => {
  await journal.claim(secret, 'one', 60_000)
  const refused = { code: 'busy', message: expect.stringContaining('one') as string }
  await expect(journal.claim(secret, 'two', 60_000)).rejects.toMatchObject(refused)
})

it('R7 two rotators start together: exactly one of fifty gets the claim', async () => {
  const claims = Array.from({ length: 50 }, (_, n) => journal.claim(secret, `r${n}`, 60_000))
  const results = await Promise.allSettled(claims)
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

it('gives a released secret to the next one, with the next epoch', async () => {
  const first = await journal.claim(secret, 'one', 60_000)
  await first.release()
  expect((await journal.claim(secret, 'two', 60_000)).epoch).toBe(first.epoch + 1)
})

it('R8 a rotator that was paused past its lease can write nothing more', async () => {
  const paused = await journal.claim(secret, 'paused', 1)
  await new Promise((resolve) => setTimeout(resolve, 20))
  const other = await journal.claim(secret, 'other', 60_000)
  await expect(paused.record(event('prove'))).rejects.toMatchObject({ code: 'fenced' })
  await expect(paused.renew()).rejects.toMatchObject({ code: 'fenced' })
  await paused.release()
  await other.record(event('admit'))
  const entries = await journal.entries()
  expect(entries.find((entry) => entry.secret === secret)).toMatchObject({
    holder: 'other',
    step: 'admit',
  })
})

it('R9 a rotator whose connection was cut keeps nobody out longer than its lease', async () => {
  const lost = new pg.Client({ connectionString: server.adminUrl.expose() })
  lost.on('error', () => undefined)
  await lost.connect()
  const other = await openPostgresJournal(lost)
  await other.claim(secret, 'lost', 50)
  lost.connection.stream.destroy()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect((await journal.claim(secret, 'next', 60_000)).epoch).toBe(2)
})

it('says that the journal does not answer while its database is down, and works when it is back', async () => {
  const claim = await journal.claim(secret, 'one', 60_000)
  await server.stop()
  onTestFinished(() => server.start())
  await expect(claim.record(event('admit'))).rejects.toMatchObject({ code: 'unreachable' })
  await server.start()
  await claim.record(event('admit'))
})

it('can be opened by many at once', async () => {
  await pool.query('drop schema rekey cascade')
  await Promise.all(Array.from({ length: 10 }, () => openPostgresJournal(pool)))
})
