import { setTimeout as delay } from 'node:timers/promises'
import { issueApiKey } from '@rekey/api-key-auth'
import { Secret } from '@rekey/secret'
import type { StorePlace } from './store-places.ts'
import { openServedFamily, type ServedFamily } from './served-family.ts'

/** What is done to a store for a while. */
export interface Outage<Server> {
  /** What goes on all the while ends with the signal. */
  begin(server: Server, over: AbortSignal): Promise<void> | void
  end?(server: Server): Promise<void> | void
}

/** What two services made of it. */
export interface OutageReport {
  /** Of each secret, when it was about to end. */
  readonly states: readonly string[]
  /** How long it took until all secrets were fresh again. */
  readonly recoveryMs: number
  /** What was served meanwhile, without a failure. */
  readonly calls: number
  readonly queries: number
  /** From the first request to the last, also before and after. */
  readonly failures: readonly string[]
  /** What the store was asked meanwhile. */
  readonly requests: number
  readonly logins: number
  /** The most requests in one second, the recovery included. */
  readonly busiestSecond: number
}

const KEY = 'API_KEY_FRONTEND_SIGNING'
const DATABASE = 'DATABASE_FRONTEND'
const LOOK_MS = 250
/** The longest wait for anything: above all timeouts of stores, on a machine that is busy. */
const PATIENCE_MS = 60_000

/**
 * Lets services work while something happens to their store, for `outageMs`, and sees how they take it. Nobody does anything
 * to the services.
 *
 * @param login the text of a database login
 * @throws {Error} if they do not recover, or do not follow the store afterwards
 */
export async function sufferOutage<Server>(
  place: StorePlace<Server>,
  outage: Outage<Server>,
  { login, outageMs }: { readonly login: string; readonly outageMs: number },
): Promise<OutageReport> {
  const { server, store, proxy } = place
  await store.create(KEY, newApiKey())
  await store.create(DATABASE, Secret.of(login, DATABASE))
  await using family = await openServedFamily(place.variables)
  await until('all is fresh', () => isFresh(family))
  const before = family.served()
  const over = new AbortController()
  proxy.reset()
  await outage.begin(server, over.signal)
  await delay(outageMs)
  over.abort()
  const [requests, logins] = [proxy.count(/./), proxy.count(/\/login$/)]
  const [states, { calls, queries }] = [statesOf(family), family.served()]
  await outage.end?.(server)
  const endedAt = performance.now()
  await until('all is fresh again', () => isFresh(family))
  const recoveryMs = performance.now() - endedAt
  await expectFollowing(place, family)
  return {
    ...{ states, recoveryMs, requests, logins },
    calls: calls - before.calls,
    queries: queries - before.queries,
    failures: family.served().failures,
    busiestSecond: proxy.busiestSecond(),
  }
}

/** They have recovered only if both ends of a key see the next one. */
async function expectFollowing<Server>(
  { store }: StorePlace<Server>,
  family: ServedFamily,
): Promise<void> {
  const { revision } = await store.read(KEY)
  await store.stage(KEY, newApiKey(), revision)
  await until('both ends see a new key', () =>
    family
      .health()
      .filter(({ name }) => name === KEY)
      .every(({ versions }) => versions.some(({ stage }) => stage === 'pending')),
  )
}

function isFresh(family: ServedFamily): boolean {
  return statesOf(family).every((state) => state === 'fresh')
}

function statesOf(family: ServedFamily): string[] {
  return family.health().map(({ state }) => state)
}

function newApiKey(): Secret {
  return Secret.of(issueApiKey({ environment: 'prod' }).text.expose(), KEY)
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const endAt = performance.now() + PATIENCE_MS
  while (!isSo()) {
    if (performance.now() > endAt) throw new Error(`${what}: not within ${PATIENCE_MS} ms`)
    await delay(LOOK_MS)
  }
}
