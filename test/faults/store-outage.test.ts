import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { issueApiKey } from '@rekey/api-key-auth'
import { Secret } from '@rekey/secret'
import {
  findForTest,
  type Kubernetes,
  openPostgres,
  type Postgres,
  type Vault,
} from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openKubernetesPlace, openVaultPlace, type OutagePlace } from './outage-places.ts'
import { openServedFamily, type ServedFamily } from './served-family.ts'

const OUTAGE_MS = 120_000
/** Waits between attempts are at most the ttl, a timeout of the store is ten seconds, and the machine may be busy. */
const RECOVERY_MS = 45_000
const LOOK_MS = 250
const SECRETS = 3

/** Each secret is read once a second at most, and Vault's client repeats a request twice. */
const MOST_REQUESTS = (SECRETS * 3 * OUTAGE_MS) / 1_000
const BUSIEST_SECOND = 30

const KEY = 'API_KEY_FRONTEND_SIGNING'

let postgres: Postgres
let login: string
beforeAll(async () => {
  postgres = await openPostgres()
  login = await createLogin()
}, 120_000)
afterAll(() => postgres.close())

/** What is done to a store for two minutes; what is done all the while gets the signal of the end. */
interface Outage<Server> {
  begin(server: Server, over: AbortSignal): Promise<void> | void
  end?(server: Server): Promise<void> | void
  /** Whether the services can tell that something is wrong. */
  readonly shows: boolean
}

const vaultOutages: Record<string, Outage<Vault>> = {
  'is sealed': {
    shows: true,
    begin: (vault) => vault.seal(),
    end: (vault) => vault.unseal(),
  },
  'is killed and restarted': {
    shows: true,
    begin: (vault) => vault.kill(),
    end: (vault) => vault.start(),
  },
  'has its audit device blocked': {
    shows: true,
    async begin(vault) {
      audits.set(vault, await vault.openAudit())
      await audits.get(vault)?.block()
    },
    end: (vault) => audits.get(vault)?.unblock(),
  },
  'has the tokens of the services revoked every ten seconds': {
    shows: false,
    async begin(vault, over) {
      await revokeTokens(vault)
      void every(10_000, over, () => revokeTokens(vault))
    },
  },
}
const audits = new WeakMap<Vault, Awaited<ReturnType<Vault['openAudit']>>>()

const kubernetesOutages: Record<string, Outage<Kubernetes>> = {
  'is killed and restarted': {
    shows: true,
    begin: (kubernetes) => kubernetes.stop(),
    end: (kubernetes) => kubernetes.start(),
  },
  'stands still': {
    shows: true,
    begin: (kubernetes) => {
      kubernetes.pause()
    },
    end: (kubernetes) => {
      kubernetes.resume()
    },
  },
}

const vault = await findForTest('vault')
const [apiServer, etcd] = [await findForTest('kube-apiserver'), await findForTest('etcd')]

describe.concurrent('for two minutes, under load', () => {
  describeOutages('Vault', vaultOutages, vault.found, () => openVaultPlace(vault.path))
  describeOutages('the API server', kubernetesOutages, apiServer.found && etcd.found, () =>
    openKubernetesPlace({ apiServer: apiServer.path, etcd: etcd.path }),
  )
})

function describeOutages<Server>(
  name: string,
  outages: Record<string, Outage<Server>>,
  found: boolean,
  openPlace: () => Promise<OutagePlace<Server>>,
): void {
  it.runIf(found).each(Object.keys(outages))(
    `${name} %s, and services serve on`,
    { timeout: 300_000 },
    async (title) => {
      const outage = outages[title] ?? expect.fail()
      await using place = await openPlace()
      await place.store.create(KEY, newApiKey())
      await place.store.create('DATABASE_FRONTEND', Secret.of(login, 'DATABASE_FRONTEND'))
      await using family = await openServedFamily(place.variables)
      await untilState(family, 'fresh')
      await suffer(place, family, outage)
      await untilState(family, 'fresh')
      await expectNewKey(place, family)
      expect(family.served().failures).toEqual([])
    },
  )
}

async function suffer<Server>(
  { server, proxy }: OutagePlace<Server>,
  family: ServedFamily,
  outage: Outage<Server>,
): Promise<void> {
  const before = family.served()
  const over = new AbortController()
  proxy.reset()
  await outage.begin(server, over.signal)
  const endAt = performance.now() + OUTAGE_MS
  if (outage.shows) await untilState(family, 'stale')
  await delay(endAt - performance.now())
  over.abort()
  if (outage.shows) expect(states(family)).toEqual(Array(SECRETS).fill('stale'))
  const { calls, queries } = family.served()
  expect(calls - before.calls).toBeGreaterThan(500)
  expect(queries - before.queries).toBeGreaterThan(500)
  expect(proxy.count(/./)).toBeGreaterThan(SECRETS)
  expect(proxy.count(/./)).toBeLessThan(MOST_REQUESTS)
  expect(proxy.count(/\/login$/)).toBeLessThanOrEqual(outage.shows ? 2 : 30)
  await outage.end?.(server)
  await delay(5_000)
  expect(proxy.busiestSecond()).toBeLessThan(BUSIEST_SECOND)
}

/** The services have recovered only if they follow again. */
async function expectNewKey<Server>({ store }: OutagePlace<Server>, family: ServedFamily) {
  const { revision } = await store.read(KEY)
  await store.stage(KEY, newApiKey(), revision)
  const pending = () =>
    family.health().filter(({ name, versions }) => {
      return name === KEY && versions.some(({ stage }) => stage === 'pending')
    })
  await expect.poll(pending, { timeout: RECOVERY_MS, interval: LOOK_MS }).toHaveLength(2)
}

async function untilState(family: ServedFamily, state: 'fresh' | 'stale'): Promise<void> {
  const all = Array(SECRETS).fill(state)
  await expect.poll(() => states(family), { timeout: RECOVERY_MS, interval: LOOK_MS }).toEqual(all)
}

function states(family: ServedFamily): string[] {
  return family.health().map(({ state }) => state)
}

function newApiKey(): Secret {
  return Secret.of(issueApiKey({ environment: 'prod' }).text.expose(), KEY)
}

async function createLogin(): Promise<string> {
  const admin = new pg.Client({ connectionString: postgres.adminUrl.expose() })
  await admin.connect()
  const password = randomBytes(24).toString('hex')
  await admin.query(`create role app_g1 login password '${password}'`)
  await admin.end()
  return `postgresql://app_g1:${password}@${postgres.host}:${postgres.port}/postgres`
}

/** Every token but root's. */
async function revokeTokens(vault: Vault): Promise<void> {
  const { data } = await vault.require('LIST', 'auth/token/accessors')
  for (const accessor of (data?.['keys'] ?? []) as string[]) {
    const found = await vault.request('POST', 'auth/token/lookup-accessor', { accessor })
    const isOfService = found.body.data?.['path'] === 'auth/approle/login'
    if (isOfService) await vault.require('POST', 'auth/token/revoke-accessor', { accessor })
  }
}

async function every(ms: number, over: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!over.aborted) {
    await delay(ms)
    if (!over.aborted) await work()
  }
}
