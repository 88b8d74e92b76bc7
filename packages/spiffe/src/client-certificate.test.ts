import { inspect } from 'node:util'
import { setTimeout as delay } from 'node:timers/promises'
import { defineService, loadService } from '@rekey/config-loader'
import type { SecretError } from '@rekey/secret'
import { findForTest, openSpire } from '@rekey/testbed'
import { tlsIdentity } from '@rekey/tls-identity'
import { Pool } from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { openCertificatePostgres } from '../test/certificate-postgres.support.ts'
import { clientCertificate, openSpiffeSource } from './index.ts'

const NAME = 'TLS_SHOP'
const RENEWALS = process.env['REKEY_EXHAUSTIVE'] === '1' ? 1_000 : 20
const { found, path } = await findForTest('spire-server')
const definition = defineService({
  name: 'shop',
  settings: z.object({}),
  secrets: { tls: tlsIdentity() },
})

async function openShop(ttlS: number, dns = 'shop') {
  const spire = await openSpire(path)
  onTestFinished(() => spire.close())
  const source = await openSpiffeSource({ name: NAME, socket: spire.socket })
  onTestFinished(() => source[Symbol.asyncDispose]())
  // Asked before there is an entry: the agent denies it, which is no refusal yet.
  const reading = source.read(NAME)
  const entry = await spire.register('shop', { dns, ttlS })
  await reading
  const service = await loadService(definition, { env: { REKEY_ENVIRONMENT: 'test' }, source })
  onTestFinished(() => service.close())
  const { ca, ...place } = await openCertificatePostgres(source.roots)
  const ssl = clientCertificate(service.secrets.tls, { ca })
  const options = { ...place, ssl, user: 'shop_app', database: 'postgres', max: 4 }
  const pool = new Pool({ ...options, maxUses: 5 })
  onTestFinished(() => pool.end())
  return { spire, source, service, pool, ssl, entry }
}

it.runIf(found)(
  `asks PostgreSQL under load while the certificate is renewed ${String(RENEWALS)} times, and no query fails`,
  async () => {
    const { service, pool } = await openShop(10)
    const shown = new Set<string>()
    const failures: unknown[] = []
    let queries = 0
    let isOver = false
    const work = async () => {
      while (!isOver) {
        const sql =
          'SELECT current_user AS role, client_serial::text AS serial FROM pg_stat_ssl WHERE pid = pg_backend_pid()'
        try {
          const { rows } = await pool.query<{ role: string; serial: string }>(sql)
          expect(rows[0]?.role).toBe('shop_app')
          shown.add(rows[0]?.serial ?? '')
          queries += 1
        } catch (error) {
          failures.push(error)
        }
        await delay(5)
      }
    }
    const workers = [work(), work(), work(), work()]
    const versions = new Set<string>()
    while (versions.size <= RENEWALS) {
      versions.add(service.secrets.tls.current.version)
      await delay(20)
    }
    isOver = true
    await Promise.all(workers)
    console.info(`${queries} queries, ${versions.size - 1} renewals, ${shown.size} shown`)
    expect(failures).toEqual([])
    // What the server saw: nearly every certificate was shown to it, not only made.
    expect(shown.size).toBeGreaterThan(RENEWALS / 2)
    expect(queries).toBeGreaterThan(RENEWALS)
  },
  RENEWALS * 2_000 + 120_000,
)

it.runIf(found)(
  'goes on while the agent is gone, takes the next identity once it is back, and is forbidden without its entry',
  async () => {
    const { spire, source, service, pool, entry } = await openShop(15)
    const last = service.secrets.tls.current.version
    await spire.stopAgent()
    const { rows } = await pool.query('SELECT current_user AS role')
    expect(rows).toEqual([{ role: 'shop_app' }])
    await spire.startAgent()
    await expect.poll(() => service.secrets.tls.current.version, { timeout: 30_000 }).not.toBe(last)
    await spire.unregister(entry)
    const refusal = async () => {
      try {
        await source.read(NAME)
      } catch (error) {
        return (error as SecretError).code
      }
      return 'none'
    }
    await expect.poll(refusal, { timeout: 40_000, interval: 200 }).toBe('forbidden')
  },
  180_000,
)

it.runIf(found)(
  'is refused by PostgreSQL under a common name that no role is mapped to',
  async () => {
    const { pool } = await openShop(60, 'stranger')
    await expect(pool.query('SELECT 1')).rejects.toMatchObject({ code: '28000' })
  },
  120_000,
)

it('shows nothing of the key where the options are printed', () => {
  const current = { value: { expose: () => ({ key: { expose: () => 'k3y' }, chain: 'chain' }) } }
  const options = clientCertificate({ current } as never, { ca: 'roots' })
  expect({ key: options.key, cert: options.cert, ca: options.ca }).toEqual({
    ...{ key: 'k3y', cert: 'chain', ca: 'roots' },
  })
  expect(JSON.stringify(options) + inspect(options, { getters: true })).not.toContain('k3y')
})
