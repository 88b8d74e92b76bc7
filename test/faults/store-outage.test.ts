import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import {
  findForTest,
  type Kubernetes,
  openPostgres,
  type Postgres,
  type Vault,
} from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openKubernetesPlace, openVaultPlace, type StorePlace } from './store-places.ts'
import { type Outage, type OutageReport, sufferOutage } from './suffer-outage.ts'

const OUTAGE_MS = 60_000
const SECRETS = 3
const REVOKED_EVERY_MS = 10_000

/** Each secret is read once a second at most, and Vault's client repeats a request twice. */
const MOST_REQUESTS = (SECRETS * 3 * OUTAGE_MS) / 1_000
const BUSIEST_SECOND = 30
/** One for each service, as at the start. */
const MOST_LOGINS = 2
/** Four workers make one every 25 ms; the rest is for a machine that is busy. */
const LEAST_SERVED = 500

const vaultOutages: Record<string, Outage<Vault>> = {
  'is sealed': {
    begin: (vault) => vault.seal(),
    end: (vault) => vault.unseal(),
  },
  'is killed and restarted': {
    begin: (vault) => vault.kill(),
    end: (vault) => vault.start(),
  },
  'has its audit device blocked': {
    async begin(vault, over) {
      const audit = await vault.openAudit()
      await audit.block()
      over.addEventListener('abort', () => {
        audit.unblock()
      })
    },
  },
}

const revocations: Record<string, Outage<Vault>> = {
  'revokes the tokens of the services every ten seconds': {
    async begin(vault, over) {
      await revokeTokens(vault)
      void repeat(() => revokeTokens(vault), over)
    },
  },
}

const kubernetesOutages: Record<string, Outage<Kubernetes>> = {
  'is killed and restarted': {
    begin: (kubernetes) => kubernetes.stop(),
    end: (kubernetes) => kubernetes.start(),
  },
  'stands still': {
    begin: (kubernetes) => kubernetes.pause(),
    end(kubernetes) {
      kubernetes.resume()
    },
  },
}

const vault = await findForTest('vault')
const [apiServer, etcd] = [await findForTest('kube-apiserver'), await findForTest('etcd')]
const programs = { apiServer: apiServer.path, etcd: etcd.path }

let postgres: Postgres
let login: string
beforeAll(async () => {
  postgres = await openPostgres()
  login = await createLogin()
}, 120_000)
afterAll(() => postgres.close())

/** All outages happen at the same time, each to a server of its own, so that a minute is a minute. */
describe('for a minute, under load', { timeout: 300_000 }, () => {
  const openVault = () => openVaultPlace(vault.path)
  const ofVault = startAll(vaultOutages, openVault, vault.found)
  const ofTokens = startAll(revocations, openVault, vault.found)
  const hasKubernetes = apiServer.found && etcd.found
  const ofKubernetes = startAll(
    kubernetesOutages,
    () => openKubernetesPlace(programs),
    hasKubernetes,
  )

  it.runIf(vault.found).each([...ofVault.keys()])('Vault %s: services serve on', async (title) => {
    const report = await ofVault.get(title)?.()
    expect(report?.states).toEqual(Array(SECRETS).fill('stale'))
    expect(report?.logins).toBeLessThanOrEqual(MOST_LOGINS)
    expectServed(report)
  })

  it.runIf(vault.found).each([...ofTokens.keys()])(
    'Vault %s: services log in again',
    async (title) => {
      const report = await ofTokens.get(title)?.()
      const times = OUTAGE_MS / REVOKED_EVERY_MS
      expect(report?.logins).toBeGreaterThan(times)
      expect(report?.logins).toBeLessThanOrEqual((times + 1) * MOST_LOGINS)
      expectServed(report)
    },
  )

  it.runIf(hasKubernetes).each([...ofKubernetes.keys()])(
    'the API server %s: services serve on',
    async (title) => {
      const report = await ofKubernetes.get(title)?.()
      expect(report?.states).toEqual(Array(SECRETS).fill('stale'))
      expectServed(report)
    },
  )
})

function expectServed(report: OutageReport | undefined): void {
  expect(report?.failures).toEqual([])
  expect(report?.calls).toBeGreaterThan(LEAST_SERVED)
  expect(report?.queries).toBeGreaterThan(LEAST_SERVED)
  expect(report?.requests).toBeGreaterThan(SECRETS)
  expect(report?.requests).toBeLessThan(MOST_REQUESTS)
  expect(report?.busiestSecond).toBeLessThan(BUSIEST_SECOND)
}

/** Begins every outage before the first test, and gives what each test looks at. */
function startAll<Server>(
  outages: Readonly<Record<string, Outage<Server>>>,
  openPlace: () => Promise<StorePlace<Server>>,
  found: boolean,
): ReadonlyMap<string, () => Promise<OutageReport> | undefined> {
  const reports = new Map<string, Promise<OutageReport>>()
  beforeAll(() => {
    for (const [title, outage] of found ? Object.entries(outages) : []) {
      const report = run(openPlace, outage)
      // Whoever looks at it hears of its failure.
      report.catch(() => undefined)
      reports.set(title, report)
    }
  })
  return new Map(Object.keys(outages).map((title) => [title, () => reports.get(title)]))
}

async function run<Server>(
  openPlace: () => Promise<StorePlace<Server>>,
  outage: Outage<Server>,
): Promise<OutageReport> {
  await using place = await openPlace()
  return await sufferOutage(place, outage, { login, outageMs: OUTAGE_MS })
}

async function createLogin(): Promise<string> {
  const admin = new pg.Client({ connectionString: postgres.adminUrl.expose() })
  await admin.connect()
  const password = randomBytes(24).toString('hex')
  await admin.query(`create role app_g1 login password '${password}'`)
  await admin.end()
  return `postgresql://app_g1:${password}@${postgres.host}:${postgres.port}/postgres`
}

async function repeat(work: () => Promise<void>, over: AbortSignal): Promise<void> {
  for (;;) {
    await delay(REVOKED_EVERY_MS)
    if (over.aborted) return
    await work()
  }
}

/** Those of AppRole, which the services have. */
async function revokeTokens(vault: Vault): Promise<void> {
  const { data } = await vault.require('LIST', 'auth/token/accessors')
  for (const accessor of data?.['keys'] as string[]) {
    const found = await vault.request('POST', 'auth/token/lookup-accessor', { accessor })
    if (found.body.data?.['path'] !== 'auth/approle/login') continue
    await vault.require('POST', 'auth/token/revoke-accessor', { accessor })
  }
}
