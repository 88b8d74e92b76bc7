import { Secret, type StagedSecret } from '@rekey/secret'
import { createLiveSecret } from '@rekey/secret/internal'
import { newPassword } from '@rekey/rotated-service'
import { findForTest, type MariaDb, openMariaDb } from '@rekey/testbed'
import { createPool, type PoolConfig } from 'mariadb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LIMIT, openShop } from '../../test/mariadb-shop.support.ts'
import { followMariadb } from '../index.ts'

const mariadbd = await findForTest('mariadbd')
const NAME = 'MARIADB_SHOP'
const SESSIONS = 'select id from information_schema.processlist where user = ?'

function staged(text: string): StagedSecret {
  const version = text.slice(-8)
  const value = Secret.of(text, NAME)
  const current = { name: NAME, version, stage: 'current', value, sensitive: [] } as const
  return { name: NAME, revision: version, current }
}

describe.runIf(mariadbd.found)('a pool of mariadb that follows a password', () => {
  let server: MariaDb
  beforeAll(async () => {
    server = await openMariaDb({ program: mariadbd.path })
  }, 60_000)
  afterAll(() => server.close())

  /** A pool whose password the store changes when it is asked. */
  async function openLate(newest: () => string | undefined, config: PoolConfig = {}) {
    const shop = await openShop(server)
    const secret = createLiveSecret(staged(shop.first), {
      refresh: () => {
        const text = newest()
        if (text !== undefined) secret.update(staged(text))
        return Promise.resolve()
      },
    })
    const { host, port } = server
    const open = () =>
      followMariadb(secret, (password) =>
        createPool({ host, port, user: shop.user, password, connectionLimit: 2, ...config }),
      )
    const change = (text: string) =>
      shop.asAdministrator("alter user ?@'%' identified by ?", [shop.user, text])
    const holding = () => secret.usage.report().holding['mariadb']
    return { ...shop, secret, open, change, holding }
  }

  it.each([
    ['with connections to spare', LIMIT - 2],
    ['whose queries wait for connections', 3 * LIMIT],
  ])(
    'is rotated five times under load %s: no query fails, two pools at most are open',
    async (_, workers) => {
      const shop = await openShop(server)
      const load = await shop.startMariadbLoad(workers)
      for (let nth = 0; nth < 5; nth += 1) {
        const old = await shop.current()
        await shop.run()
        expect(await shop.accepts(old)).toBe(false)
        const sessions = async () => (await shop.asAdministrator(SESSIONS, [shop.user])).length
        await expect.poll(sessions).toBeLessThanOrEqual(LIMIT)
      }
      await load.stop()
      expect(load.failures).toEqual([])
      expect(load.counts.done).toBeGreaterThan(100)
      // The rotator proves passwords by a login of the same account.
      expect(load.counts.most).toBeLessThanOrEqual(2 * LIMIT + 1)
      await expect.poll(() => shop.asAdministrator(SESSIONS, [shop.user])).toEqual([])
    },
  )

  it('leaves a connection in use alone, and the rotation waits for it', async () => {
    const shop = await openShop(server)
    const { database } = await shop.startMariadbLoad(0)
    const held = await database.current.getConnection()
    await expect(shop.run()).rejects.toMatchObject({ code: 'stopped', step: 'confirm' })
    expect(await shop.accepts(shop.first)).toBe(true)
    await held.query('select 1')
    await held.release()
    await shop.run()
    expect(await shop.accepts(shop.first)).toBe(false)
  })

  it('serves callers that wait in the old pool before that is closed', async () => {
    const next = newPassword()
    const { open, secret, change, first, holding } = await openLate(() => undefined)
    await using database = await open()
    const before = database.current
    const waiting = Array.from({ length: 6 }, () => before.query('select sleep(0.1)'))
    await change(next)
    secret.update(staged(next))
    await expect.poll(() => database.current).not.toBe(before)
    expect(holding()).toEqual([staged(next), staged(first)].map(({ current }) => current.version))
    await Promise.all(waiting)
    await expect.poll(holding).toEqual([staged(next).current.version])
    expect(before.closed).toBe(true)
  })

  it('serves callers that wait in the old pool when every connection there is lost', async () => {
    // A connection takes its time, in which none is in use.
    const config = { initSql: 'do sleep(0.2)' }
    const { open, secret, first, user, asAdministrator } = await openLate(() => undefined, config)
    await using database = await open()
    const before = database.current
    const settled = Promise.allSettled(
      Array.from({ length: 6 }, () => before.query('select sleep(0.3)')),
    )
    await expect.poll(() => before.activeConnections()).toBe(2)
    const sessions = await asAdministrator(SESSIONS, [user])
    const { current, name } = staged(first)
    secret.update({ name, revision: 'v2', current: { ...current, version: 'v2' } })
    for (const { id } of sessions) await asAdministrator('kill ?', [id])
    const outcomes = (await settled).map(({ status }) => status)
    expect(outcomes.filter((status) => status === 'rejected')).toHaveLength(2)
  })

  it('asks the store where its first login is refused, and says so at once where that has no other', async () => {
    const next = newPassword()
    const answers: string[] = []
    const { open, change, holding, secret } = await openLate(() => answers[0])
    await change(next)
    const start = performance.now()
    await expect(open()).rejects.toThrow(/Access denied/)
    expect(performance.now() - start).toBeLessThan(3_000)
    answers.push(next)
    await using database = await open()
    await database.current.query('select 1')
    expect(holding()).toEqual([])
    expect(secret.usage.report().holding['mariadb 2']).toEqual([staged(next).current.version])
  })

  it('asks the store where a login is refused later, and the next pool is open', async () => {
    const next = newPassword()
    const config = { acquireTimeout: 1_000 }
    const { open, change, secret, user, asAdministrator } = await openLate(() => next, config)
    await using database = await open()
    await change(next)
    const before = database.current
    for (const { id } of await asAdministrator(SESSIONS, [user]))
      await asAdministrator('kill ?', [id])
    await expect.poll(() => before.idleConnections()).toBe(0)
    const waiting = expect(before.query('select 1')).rejects.toThrow(/failed to retrieve/)
    await expect.poll(() => database.current, { timeout: 5_000 }).not.toBe(before)
    await database.current.query('select 1')
    await waiting
    expect(secret.usage.report().failures).toBeGreaterThan(0)
  })

  it('takes no answer for no refusal', async () => {
    const config = { acquireTimeout: 400, initializationTimeout: 200, port: 1 }
    const { open, secret } = await openLate(() => newPassword(), config)
    const first = secret.current
    await expect(open()).rejects.toThrow(/ECONNREFUSED/)
    expect(secret.current).toBe(first)
    expect(secret.usage.report().failures).toBe(0)
  })
})
