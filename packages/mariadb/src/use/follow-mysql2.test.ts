import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Secret, SecretError, type StagedSecret } from '@rekey/secret'
import { createLiveSecret } from '@rekey/secret/internal'
import { newPassword } from '@rekey/rotated-service'
import { findForTest, type MariaDb, openMariaDb } from '@rekey/testbed'
import { createPool } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openShop } from '../../test/mariadb-shop.support.ts'
import { followMysql2 } from '../index.ts'

const mariadbd = await findForTest('mariadbd')
const NAME = 'MARIADB_SHOP'

function staged(text: string): StagedSecret {
  const value = Secret.of(text, NAME)
  const current = {
    name: NAME,
    version: text.slice(-8),
    stage: 'current',
    value,
    sensitive: [],
  } as const
  return { name: NAME, revision: current.version, current }
}

/** Another version with the same password, which no open connection has. */
function sameAs(text: string): StagedSecret {
  const { current, name } = staged(text)
  return { name, revision: 'v2', current: { ...current, version: 'v2' } }
}

describe.runIf(mariadbd.found)('a pool of mysql2 that follows a password', () => {
  let server: MariaDb
  beforeAll(async () => {
    server = await openMariaDb({ program: mariadbd.path })
  }, 60_000)
  afterAll(() => server.close())

  /** A pool whose password is read late, and what the store answers when it is asked. */
  async function openLate(answer: (late: (text: string) => void) => Promise<void>) {
    const shop = await openShop(server)
    const secret = createLiveSecret(staged(shop.first), {
      refresh: () =>
        answer((text) => {
          secret.update(staged(text))
        }),
    })
    const pool = createPool({ host: server.host, port: server.port, connectionLimit: 2 })
    followMysql2(pool, secret, shop.user)
    onTestFinished(() => pool.end())
    const change = (text: string) =>
      shop.asAdministrator("alter user ?@'%' identified by ?", [shop.user, text])
    return { ...shop, secret, pool, change }
  }

  it('asks the store where a login is refused, and loses no query if that has a newer one', async () => {
    const next = newPassword()
    const { pool, change, secret } = await openLate((update) => {
      update(next)
      return Promise.resolve()
    })
    await change(next)
    await Promise.all(Array.from({ length: 6 }, () => pool.query('select 1')))
    expect(secret.usage.report().holding).toEqual({ mysql2: [staged(next).current.version] })
  })

  it.each([
    ['has none', () => Promise.resolve()],
    ['does not answer', () => new Promise<void>(() => undefined)],
    ['fails', () => Promise.reject(new Error('no answer'))],
  ])(
    'hands on the refusal if the store %s, and lets queries pass once it has one',
    async (_, answer) => {
      const next = newPassword()
      const { pool, change, secret } = await openLate(answer)
      await change(next)
      const refused = Array.from({ length: 6 }, () => pool.query('select 1'))
      for (const { status } of await Promise.allSettled(refused)) expect(status).toBe('rejected')
      expect(secret.usage.report().failures).toBeGreaterThan(0)
      secret.update(staged(next))
      await pool.query('select 1')
    },
  )

  it('ends idle connections of the old one at once, those in use after it, and says which are open', async () => {
    const next = newPassword()
    const { pool, change, secret, first } = await openLate(() => Promise.resolve())
    const [used, idle] = [await pool.getConnection(), await pool.getConnection()]
    idle.release()
    await change(next)
    const [old, current] = [staged(first).current.version, staged(next).current.version]
    const ended = once(idle.connection, 'end')
    secret.update(staged(next))
    await ended
    expect(secret.usage.report().holding).toEqual({ mysql2: [current, old] })
    await used.query('select 1')
    used.release()
    expect(secret.usage.report().holding).toEqual({ mysql2: [current] })
    await pool.query('select 1')
  })

  it('fails the query of an old connection that the server closes, and goes on', async () => {
    const { secret, first, user } = await openLate(() => Promise.resolve())
    const sockets: Socket[] = []
    const proxy = createServer((socket) => {
      const upstream = connect(server.port, server.host)
      sockets.push(socket.on('error', () => undefined))
      socket.pipe(upstream.on('error', () => undefined)).pipe(socket)
    })
    await once(proxy.listen(0, '127.0.0.1'), 'listening')
    const { port } = proxy.address() as AddressInfo
    const pool = createPool({ host: '127.0.0.1', port, connectionLimit: 1 })
    followMysql2(pool, secret, user)
    onTestFinished(async () => {
      await pool.end()
      proxy.close()
    })
    await pool.query('select 1')
    const running = pool.query('select sleep(5)')
    const refused = expect(running).rejects.toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' })
    secret.update(sameAs(first))
    for (const socket of sockets) socket.unpipe().end()
    await refused
    await pool.query('select 1')
  })

  it('reports the old connections of one pool beside another one that has none', async () => {
    const { pool, secret, first, user } = await openLate(() => Promise.resolve())
    const used = await pool.getConnection()
    const other = createPool({ host: server.host, port: server.port, connectionLimit: 1 })
    followMysql2(other, secret, user)
    onTestFinished(() => other.end())
    secret.update(sameAs(first))
    await other.query('select 1')
    const old = staged(first).current.version
    expect(secret.usage.report().holding).toEqual({ mysql2: ['v2', old], 'mysql2 2': ['v2'] })
    used.release()
    expect(secret.usage.report().holding).toEqual({ mysql2: ['v2'], 'mysql2 2': ['v2'] })
  })

  it('fails a query that waits where the secret cannot be read by then, and goes on once it can', async () => {
    const { first, user } = await openShop(server)
    let problem: SecretError | undefined
    const secret = createLiveSecret(staged(first), { check: () => problem })
    const pool = createPool({ host: server.host, port: server.port, connectionLimit: 1 })
    followMysql2(pool, secret, user)
    onTestFinished(() => pool.end())
    const used = await pool.getConnection()
    const refused = expect(pool.query('select 1')).rejects.toThrow('too old')
    problem = new SecretError('unreachable', 'too old')
    used.destroy()
    await refused
    problem = undefined
    await pool.query('select 1')
  })

  it('serves queries that wait when every connection of the pool is lost', async () => {
    const { pool, first, asAdministrator, user, secret } = await openLate(() => Promise.resolve())
    const running = Array.from({ length: 6 }, () => pool.query('select sleep(0.3)'))
    const settled = Promise.allSettled(running)
    const sessions = 'select id from information_schema.processlist where user = ?'
    await expect.poll(() => asAdministrator(sessions, [user])).toHaveLength(2)
    secret.update(sameAs(first))
    for (const { id } of await asAdministrator(sessions, [user]))
      await asAdministrator('kill ?', [id])
    const outcomes = (await settled).map(({ status }) => status)
    expect(outcomes.filter((status) => status === 'rejected')).toHaveLength(2)
    expect(outcomes.filter((status) => status === 'fulfilled')).toHaveLength(4)
  })
})
