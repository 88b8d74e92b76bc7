import { setTimeout as delay } from 'node:timers/promises'
import { defineFamily } from '@rekey/rekey'
import { rollBack, rotate } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { findForTest, type MariaDb, openMariaDb } from '@rekey/testbed'
import { issue } from '@rekey/testbed/certificates'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LEAST, LIMIT, openShop } from '../../test/mariadb-shop.support.ts'
import { mariaDbKind } from './index.ts'

const mariadbd = await findForTest('mariadbd')
const root = issue({ commonName: 'root', ca: true })

describe.runIf(mariadbd.found)('a password of MariaDB', () => {
  let server: MariaDb
  beforeAll(async () => {
    const certificate = issue({ issuer: root })
    server = await openMariaDb({ program: mariadbd.path, certificate })
  }, 60_000)
  afterAll(() => server.close())

  it.each([
    ['with connections to spare', LIMIT - 2],
    ['whose queries wait for connections', 3 * LIMIT],
  ])(
    'is rotated ten times under load of a pool %s: no query fails, no connection is above the limit',
    async (_, workers) => {
      const shop = await openShop(server)
      const load = shop.startLoad(workers)
      for (let nth = 0; nth < 10; nth += 1) {
        const old = await shop.current()
        await shop.run()
        expect(await shop.accepts(old)).toBe(false)
        expect(await shop.accepts(await shop.current())).toBe(true)
      }
      await load.stop()
      expect(load.failures).toEqual([])
      expect(load.counts.done).toBeGreaterThan(100)
      // The rotator proves passwords by a login of the same account.
      expect(load.counts.most).toBeLessThanOrEqual(LIMIT + 1)
    },
  )

  it('waits for a connection with the old one that is in use, and leaves it alone', async () => {
    const shop = await openShop(server)
    const { pool } = shop.startLoad(0)
    const held = await pool.getConnection()
    await expect(shop.run()).rejects.toMatchObject({ code: 'stopped', step: 'confirm' })
    expect(await shop.accepts(shop.first)).toBe(true)
    await held.query('select 1')
    held.release()
    await shop.run()
    expect(await shop.accepts(shop.first)).toBe(false)
  })

  it('that leaked ends the sessions of its account, and the pool goes on with the new one', async () => {
    const shop = await openShop(server)
    const load = shop.startLoad(LIMIT)
    await expect.poll(() => load.counts.done).toBeGreaterThan(LIMIT)
    const before = await shop.asAdministrator(
      'select id from information_schema.processlist where user = ?',
      [shop.user],
    )
    await shop.run({ compromised: true })
    expect(await shop.accepts(shop.first)).toBe(false)
    const left = await shop.asAdministrator(
      'select id from information_schema.processlist where id in (?)',
      [before.map(({ id }) => id)],
    )
    expect(left).toEqual([])
    const { length } = load.failures
    const { done } = load.counts
    await expect.poll(() => load.counts.done).toBeGreaterThan(done + 50)
    await delay(100)
    await load.stop()
    expect(load.failures).toHaveLength(length)
  })

  it('that leaked is not called revoked where the administrator cannot see or end sessions', async () => {
    const shop = await openShop(server, {
      rights: LEAST.map((right) => right.replace(', process', '')),
    })
    shop.startLoad(1)
    await expect(shop.run({ compromised: true })).rejects.toMatchObject({
      reason: 'forbidden',
      message: expect.stringContaining('grant PROCESS on *.*') as string,
    })
  })

  it('is withdrawn by a rollback, and the old one is accepted as before', async () => {
    const shop = await openShop(server)
    shop.startLoad(1)
    const stop = new AbortController()
    const onEvent = ({ step, phase }: RotationEvent) => {
      if (step === 'promote' && phase === 'end') stop.abort(new Error('stopped'))
    }
    const { store, journal } = shop
    const kind = await shop.kindOf()
    const stopped = rotate(kind, { store, journal, signal: stop.signal, onEvent })
    await expect(stopped).rejects.toThrow('stopped')
    const made = await shop.current()
    expect([await shop.accepts(made), await shop.accepts(shop.first)]).toEqual([true, true])
    await rollBack(kind, { store, journal })
    expect([await shop.accepts(made), await shop.accepts(shop.first)]).toEqual([false, true])
  })

  it('leaves other ways to log in to the account alone', async () => {
    const shop = await openShop(server, { ways: ' or unix_socket' })
    shop.startLoad(1)
    await shop.run()
    const [row = {}] = await shop.asAdministrator(`show create user ${shop.user}@'%'`)
    const [text] = Object.values(row)
    expect(text).toMatch(/VIA mysql_native_password USING '\*[0-9A-F]{40}' OR unix_socket$/)
    expect(await shop.accepts(shop.first)).toBe(false)
  })

  it('goes to the server as a digest', async () => {
    const shop = await openShop(server)
    shop.startLoad(1)
    await shop.asAdministrator("set global log_output = 'TABLE'")
    await shop.asAdministrator('set global general_log = 1')
    await shop.run()
    await shop.asAdministrator('set global general_log = 0')
    const rows = await shop.asAdministrator(
      "select convert(argument using utf8mb4) as text from mysql.general_log where argument like 'alter user%'",
    )
    const log = rows.map(({ text }) => String(text)).join('\n')
    expect(log).toMatch(/alter user 'shop\d+'@'%' identified via mysql_native_password using/i)
    expect(log).not.toContain(await shop.current())
    expect(log).not.toContain(shop.first)
  })

  it.each([
    ['an account that is not there', { host: 'elsewhere' }, LEAST, 'missing', /has no account/],
    [
      'an administrator without the rights',
      {},
      LEAST.slice(1),
      'forbidden',
      /forbids it to the administrator: grant CREATE USER/,
    ],
  ])('is not rotated for %s', async (_, declared, rights, reason, message) => {
    const shop = await openShop(server, { rights })
    const { store, journal } = shop
    const kind = await shop.kindOf(declared)
    const failure = { reason, message: expect.stringMatching(message) as string }
    await expect(rotate(kind, { store, journal })).rejects.toMatchObject(failure)
    expect(await shop.current()).toBe(shop.first)
    expect(await shop.accepts(shop.first)).toBe(true)
  })

  it('is rotated over TLS by a rotator that trusts the root of the server', async () => {
    const shop = await openShop(server)
    const load = shop.startLoad(LIMIT)
    const at = { host: 'localhost', port: server.port, trust: root.pem }
    const { store, journal } = shop
    await rotate(await shop.kindOf({ server: at }), { store, journal })
    await load.stop()
    expect([load.failures, await shop.accepts(shop.first)]).toEqual([[], false])
  })

  it('is not rotated over TLS with another root, or a certificate for another host', async () => {
    const certificate = issue({ issuer: root, dnsNames: ['db.example.com'] })
    await using elsewhere = await openMariaDb({ program: mariadbd.path, certificate })
    const other = issue({ commonName: 'other', ca: true })
    for (const [at, trust] of [
      [server, other.pem],
      [elsewhere, root.pem],
    ] as const) {
      const shop = await openShop(at)
      const { store, journal } = shop
      const kind = await shop.kindOf({ server: { host: 'localhost', port: at.port, trust } })
      const failure = { code: 'stopped', step: 'admit', reason: 'unreachable' }
      await expect(rotate(kind, { store, journal })).rejects.toMatchObject(failure)
      expect(await shop.accepts(shop.first)).toBe(true)
    }
  })

  it.each([
    ['another host without TLS', { server: { host: 'db', port: 3306 } }, 'refused'],
    [
      'an address, whose certificate mysql2 does not compare',
      { server: { host: '127.0.0.1', port: 3306, trust: 'public' } },
      'refused',
    ],
    [
      'a user that would change its own password',
      { user: 'rekey', administrator: { user: 'rekey', passwordName: 'X' } },
      'refused',
    ],
  ])('has no rotation for %s', async (_, declared, code) => {
    const shop = await openShop(server)
    await expect(shop.kindOf(declared)).rejects.toMatchObject({ code })
  })
})

describe('a family', () => {
  const declare = (more: object) =>
    defineFamily(
      {
        services: ['shop'],
        secrets: {
          mariadb: [
            {
              ...{ service: 'shop', user: 'shop', server: { host: 'db', trust: 'public' } },
              administrator: { user: 'rekey', passwordName: 'MARIADB_ADMINISTRATOR' },
              ...more,
            },
          ],
        },
      },
      { kinds: [mariaDbKind] },
    )

  it('declares it with the kind', () => {
    expect(declare({})).toMatchObject({ services: ['shop'] })
  })

  it.each([
    ['without a user', { user: '' }],
    ['with a password in place of its name', { administrator: { user: 'rekey', password: 'x' } }],
  ])('does not declare it %s', (_, more) => {
    expect(() => declare(more)).toThrow(/secrets\.mariadb/)
  })
})
