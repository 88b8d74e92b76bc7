// @lane servers
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createPool, openConnection, parseConnectionUrl } from '@rekey/db-pool-rotator'
import { databaseAccess } from '@rekey/db-pool-rotator/internal/inspection'
import { openPostgresJournal } from '@rekey/rekey/engine'
import { openPostgres, type Postgres } from '@rekey/testbed'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'

const STATEMENT_MS = 300
/** Far above what the limits add up to, and far below what the operating system takes. */
const ENDS_WITHIN_MS = 12_000

let server: Postgres
beforeAll(async () => {
  server = await openPostgres()
})
afterAll(() => server.close())

/** The server behind a network that can stop carrying packets, without a FIN. */
async function openNetwork() {
  const sockets = new Set<Socket>()
  let down = false
  const listener = createServer((inner) => {
    const outer = connect(server.port, server.host)
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk: Buffer) => down || to.write(chunk))
      from.on('error', () => to.destroy())
      from.on('close', () => down || to.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    listener.close()
  })
  const address = listener.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const fail = () => {
    down = true
  }
  return { login: { ...parseConnectionUrl(server.adminUrl.expose()), port }, fail }
}

const limits = { statementTimeoutMs: STATEMENT_MS, connectTimeoutMs: 1_000 }

async function elapsedBy(work: Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work
  return performance.now() - from
}

it('R37: a journal whose connection is partitioned without a word fails by its own limit', async () => {
  const { login, fail } = await openNetwork()
  const pool = createPool(login, limits)
  const journal = await openPostgresJournal(pool)
  const claim = await journal.claim('SECRET', 'one', 60_000)
  fail()
  const failed = expect(claim.renew()).rejects.toMatchObject({ code: 'unreachable' })
  expect(await elapsedBy(failed)).toBeLessThan(ENDS_WITHIN_MS)
  const again = expect(journal.entries()).rejects.toMatchObject({ code: 'unreachable' })
  expect(await elapsedBy(again)).toBeLessThan(ENDS_WITHIN_MS)
  expect(await elapsedBy(pool.end())).toBeLessThan(ENDS_WITHIN_MS)
})

it('R37: a role change whose connection is partitioned fails by its own limit and changes nothing', async () => {
  const { login, fail } = await openNetwork()
  const pool = createPool(login, limits)
  const journal = await openPostgresJournal(pool)
  const claim = await journal.claim('ROLES', 'one', 60_000)
  const change = claim.transaction?.(async (client) => {
    await client.query('create role never_made')
    fail()
    await client.query('select 1')
  })
  const failed = expect(change).rejects.toThrow()
  expect(await elapsedBy(failed)).toBeLessThan(ENDS_WITHIN_MS)
  await pool.end()
  await using admin = await openConnection(parseConnectionUrl(server.adminUrl.expose()))
  const { rows } = await admin.query("select 1 from pg_roles where rolname = 'never_made'")
  expect(rows).toEqual([])
})

it('R37: an administrator behind a partition cannot log in, and is not kept waiting', async () => {
  const { login, fail } = await openNetwork()
  await using home = await openConnection(login, limits)
  const access = databaseAccess(home, { ...login, port: login.port })
  fail()
  const failed = expect(openConnection(login, limits)).rejects.toMatchObject({
    code: 'unreachable',
  })
  expect(await elapsedBy(failed)).toBeLessThan(ENDS_WITHIN_MS)
  const entered = access.open('template1', () => Promise.resolve())
  const refused = expect(entered).rejects.toMatchObject({ code: 'unreachable' })
  expect(await elapsedBy(refused)).toBeLessThan(2 * ENDS_WITHIN_MS)
}, 60_000)

it('a statement that takes too long is cancelled by the server, and the connection serves on', async () => {
  const login = parseConnectionUrl(server.adminUrl.expose())
  await using client = await openConnection(login, limits)
  await expect(client.query('select pg_sleep(30)')).rejects.toMatchObject({ code: '57014' })
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})
