import { type Clock, SecretError, type SecretStore, systemClock } from '@rekey/secret'
import { jitteredMs } from '@rekey/secret/internal'
import type { Inspectable } from '../../inspectable.ts'
import { createStoreVerbs } from '../../transitions.ts'
import { createWatchedReads, type Wakeup } from '../../watched-reads.ts'
import { isVaultReason, objectOf } from '../http/vault-answer.ts'
import type { VaultConnection } from '../http/vault-client.ts'
import { type KvMount, kvPath, type KvPlace } from './kv-path.ts'
import { createKvLocator, type KvLocator } from './kv-place.ts'
import { findLacking } from './kv-rights.ts'
import { changeKvSecret, listKvSecrets, readKvSecret } from './kv-secrets.ts'
import { vaultPolicyFor } from './vault-policy.ts'

/** The options of {@link openVaultStore}. */
export interface VaultStoreOptions {
  /** A session, usually. It is not closed by the store. */
  readonly connection: VaultConnection
  /** The mount and the prefix in one, as in a locator: `secret/rekey`. */
  readonly path: string
  /** The mount, if Vault is not to be asked which part of `path` that is. */
  readonly mount?: KvMount
  /** Of documents that are not ours, the field that holds the value. Default: `value`. */
  readonly field?: string
  /** How often a watch asks; each time after rand[pollMs/2, pollMs], so that replicas spread. Default: 30 s. */
  readonly pollMs?: number
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** A store over a KV secrets engine of Vault. Disposing it ends its watches. */
export type VaultStore = SecretStore &
  Required<Pick<SecretStore, 'watch'>> &
  Required<Pick<Inspectable, 'lacks' | 'list' | 'rightsToRead'>> &
  AsyncDisposable

/**
 * Opens a place in Vault as a store: one document for each secret, at `<mount>/data/<prefix>/<NAME>`, with all its stages, so
 * that a change is one check-and-set write. Does not ask Vault anything yet, so that a service can start while it is down.
 *
 * Documents that are not ours (one text field, KV version 1 or 2) can be read, as the current version, and not written. A
 * version that Vault will delete later is live and has that time as its `expiresAt`.
 *
 * @throws {SecretError} `malformed` for a `path` that is none, or that is not in `mount`
 *
 * @example
 * ```ts
 * await using store = await openVaultStore({ connection: session, path: 'vpn' })
 * ```
 */
export function openVaultStore(options: VaultStoreOptions): Promise<VaultStore> {
  return new Promise((resolve) => {
    resolve(createVaultStore(options))
  })
}

function createVaultStore(options: VaultStoreOptions): VaultStore {
  const { connection, path, mount, field = 'value', pollMs = 30_000, clock = systemClock } = options
  const locator = createKvLocator(connection, path, mount)
  const access = { connection, locator, field }
  const closing = new AbortController()
  const reads = createWatchedReads({
    clock,
    load: (name) => readKvSecret(access, name),
    wakeUp: (wakeup, name, signal) => {
      pollKvVersions(wakeup, { connection, locator, name, pollMs, clock, signal })
    },
  })
  return {
    locator: `vault:${path}`,
    ...createStoreVerbs(clock, (change) => changeKvSecret(access, change)),
    read: reads.read,
    watch: (name, signal) => reads.watch(name, AbortSignal.any([signal, closing.signal])),
    list: (signal) => listKvSecrets(access, signal),
    lacks: (names, signal) => findLacking(access, names, signal),
    rightsToRead: (names) => names.map((name) => vaultPolicyFor({ ...locator.best, read: [name] })),
    [Symbol.asyncDispose]() {
      closing.abort()
      return Promise.resolve()
    },
  }
}

/** The options of {@link pollKvVersions}. */
interface KvPollOptions {
  readonly connection: VaultConnection
  readonly locator: KvLocator
  readonly name: string
  readonly pollMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

const ABSENT = 'absent'

/**
 * Notifies `wakeup` when a secret may have changed, until the signal aborts. Asks for the document's metadata, so that no
 * value leaves Vault while nothing changes; where that is not allowed, or not known (KV version 1), every poll notifies. The
 * wait is rand[pollMs/2, pollMs], as in the caching clients of AWS Secrets Manager.
 */
function pollKvVersions(wakeup: Wakeup, options: KvPollOptions): void {
  void poll(wakeup, options)
}

async function poll(wakeup: Wakeup, options: KvPollOptions): Promise<void> {
  const { pollMs, clock, signal } = options
  const mark = createMarkReader(options)
  let seen: string | undefined
  while (!signal.aborted) {
    try {
      await clock.sleep(jitteredMs(pollMs), signal)
      const now = await mark()
      if (now === undefined || now !== seen) wakeup.notify()
      seen = now
    } catch (error) {
      // Out of reach: there is nothing to be read either.
      if (!(error instanceof SecretError) && !isAborted(signal)) throw error
    }
  }
}

const isAborted = (signal: AbortSignal) => signal.aborted

/** Answers with a text that changes when the document does; `undefined` if there is none to be had. */
function createMarkReader({ connection, locator, name, signal }: KvPollOptions) {
  let allowed = true
  return async (): Promise<string | undefined> => {
    const place = await locator.locate()
    if (place.mount.version === 1 || !allowed) return undefined
    try {
      return await readMark(connection, place, name, signal)
    } catch (error) {
      if (isVaultReason(error, 'absent')) return ABSENT
      if (!isVaultReason(error, 'forbidden')) throw error
      allowed = false
      return undefined
    }
  }
}

async function readMark(
  connection: VaultConnection,
  place: KvPlace,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  const path = kvPath(place, 'metadata', name)
  const { data = {} } = await connection.request({ method: 'GET', path, signal })
  const current = data['current_version']
  return JSON.stringify([
    current,
    objectOf(data['versions'])?.[String(current)],
    data['created_time'],
  ])
}
