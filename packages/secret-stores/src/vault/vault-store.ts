import { type Clock, type SecretStore, systemClock } from '@rekey/secret'
import type { Inspectable } from '../inspectable.ts'
import { createStoreVerbs } from '../store-verbs.ts'
import { createWatchedReads } from '../watched-reads.ts'
import { changeKvSecret } from './change-kv-secret.ts'
import { createKvLocator, type KvMount } from './kv-mount.ts'
import { pollKvVersions } from './kv-poll.ts'
import { listKvSecrets, readKvSecret } from './read-kv-secret.ts'
import type { VaultConnection } from './vault-connection.ts'
import { vaultPolicyFor } from './vault-policy.ts'

/** What {@link openVaultStore} opens. */
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
  readonly clock?: Clock
}

/** A store over a KV secrets engine of Vault. Disposing it ends its watches. */
export type VaultStore = SecretStore &
  Required<Pick<SecretStore, 'watch'>> &
  Required<Pick<Inspectable, 'list' | 'rightsToRead'>> &
  AsyncDisposable

/**
 * Opens a place in Vault as a store: one document for each secret, at `<mount>/data/<prefix>/<NAME>`, with all its stages, so
 * that a change is one check-and-set write. Does not ask Vault anything yet, so that a service can start while it is down.
 *
 * Documents that are not ours (one text field, KV version 1 or 2) can be read, as the current version, and not written. A
 * version that Vault will delete later is live and has that time as its `expiresAt`.
 *
 * @throws {SecretError} `malformed` for a `path` that is none, or that is not in `mount`
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
    rightsToRead: (names) => names.map((name) => vaultPolicyFor({ ...locator.best, read: [name] })),
    [Symbol.asyncDispose]() {
      closing.abort()
      return Promise.resolve()
    },
  }
}
