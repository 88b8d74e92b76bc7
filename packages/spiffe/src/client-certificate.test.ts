import { inspect } from 'node:util'
import { setTimeout as delay } from 'node:timers/promises'
import { defineService, loadService } from '@rekey/config-loader'
import type { SecretError } from '@rekey/secret'
import { findForTest, isExhaustive, openSpire } from '@rekey/testbed'
import { tlsIdentity } from '@rekey/tls-identity'
import { Pool } from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { openCertificatePostgres } from '../test/certificate-postgres.support.ts'
import { answerOf, openFakeWorkloadApi } from '../test/fake-workload-api.support.ts'
import { clientCertificate, openSpiffeSource } from './index.ts'

const NAME = 'TLS_SHOP'
const RENEWALS = isExhaustive ? 1_000 : 20
const FAKE_RENEWALS = isExhaustive ? 1_000 : 50
const SQL =
  'SELECT current_user AS role, client_serial::text AS serial FROM pg_stat_ssl WHERE pid = pg_backend_pid()'
const { found, path } = await findForTest('spire-server')
const definition = defineService({
  name: 'shop',
  settings: z.object({}),
  secrets: { tls: tlsIdentity() },
})

async function openShop(socket: string) {
  const source = await openSpiffeSource({ name: NAME, socket })
  onTestFinished(() => source[Symbol.asyncDispose]())
  const service = await loadService(definition, { env: { REKEY_ENVIRONMENT: 'test' }, source })
  onTestFinished(() => service.close())
  const { ca, ...place } = await openCertificatePostgres(source.roots)
  const ssl = clientCertificate(service.secrets.tls, { ca })
  const pool = new Pool({
    ...place,
    ...{ ssl, user: 'shop_app', database: 'postgres', max: 4, maxUses: 5 },
  })
  // Connections that are being ended when the server of the test stops.
  pool.on('error', () => undefined)
  onTestFinished(() => pool.end())
  return { source, service, pool }
}

async function openSpireShop(ttlS: number, dns = 'shop') {
  const spire = await openSpire(path)
  onTestFinished(() => spire.close())
  const entry = await spire.register('shop', { dns, ttlS })
  // The agent has not heard of the entry yet, and denies what is asked: the load waits.
  return { ...(await openShop(spire.socket)), spire, entry }
}

/** Asks without a pause until the certificate was renewed `renewals` times, and counts what the server saw. */
async function askDuring(
  renewals: number,
  { service, pool }: Awaited<ReturnType<typeof openShop>>,
) {
  const [shown, versions] = [new Set<string>(), new Set<string>()]
  const failures: unknown[] = []
  let queries = 0
  const work = async () => {
    while (versions.size <= renewals) {
      try {
        const { rows } = await pool.query<{ role: string; serial: string }>(SQL)
        expect(rows[0]?.role).toBe('shop_app')
        shown.add(rows[0]?.serial ?? '')
        queries += 1
      } catch (error) {
        failures.push(error)
      }
      versions.add(service.secrets.tls.current.version)
      await delay(2)
    }
  }
  await Promise.all([work(), work(), work(), work()])
  return { failures, queries, shown: shown.size }
}

it(
  `asks PostgreSQL while a fake agent renews the certificate ${FAKE_RENEWALS} times, and no query fails`,
  async () => {
    const socket = await openFakeWorkloadApi((stream) => {
      stream.write(answerOf('shop'))
      const timer = setInterval(() => stream.write(answerOf('shop')), 100)
      stream.on('cancelled', () => {
        clearInterval(timer)
      })
    })
    const result = await askDuring(FAKE_RENEWALS, await openShop(socket))
    expect(result.failures).toEqual([])
    expect(result.shown).toBeGreaterThan(FAKE_RENEWALS / 2)
  },
  FAKE_RENEWALS * 1_000 + 60_000,
)

it.runIf(found)(
  `asks PostgreSQL while SPIRE renews the certificate ${RENEWALS} times, and no query fails`,
  async () => {
    const result = await askDuring(RENEWALS, await openSpireShop(10))
    expect(result.failures).toEqual([])
    expect(result.shown).toBeGreaterThan(RENEWALS / 2)
  },
  RENEWALS * 2_000 + 120_000,
)

it.runIf(found)(
  'goes on while the agent is gone, takes the next identity once it is back, and is forbidden without its entry',
  async () => {
    const { spire, source, service, pool, entry } = await openSpireShop(15)
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
    const { pool } = await openSpireShop(60, 'stranger')
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
