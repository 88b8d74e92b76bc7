import { SecretError } from './errors.ts'
import type { SecretSource, SecretStore } from './source.ts'
import type { Clock } from './time/clock.ts'

/** The use of the secrets of a store by one holder of rights. */
export interface StoreUse {
  /** The name of a service, or `rotator`. */
  readonly who: string
  /** The names of the secrets that it reads, and does not change. */
  readonly read: readonly string[]
  /** The names of the secrets that it rotates, and of their journal where the store holds it. */
  readonly rotate: readonly string[]
  /** Those of `rotate` that hold the journal. */
  readonly journal: readonly string[]
  /** The paths of the logins that the store lends it. */
  readonly borrow: readonly string[]
  /** The Kubernetes namespaces in which it finds replicas. */
  readonly discover: readonly string[]
  /** The workloads in Kubernetes that it restarts. */
  readonly restart: readonly (RestartedWorkload & { readonly namespace: string })[]
  /** The services of Amazon ECS that it restarts. */
  readonly redeploy: readonly {
    readonly cluster: string
    readonly service: string
    readonly region?: string | undefined
  }[]
}

/** A workload in Kubernetes that is restarted. */
export interface RestartedWorkload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet'
  readonly name: string
}

/** The parts of each definition of a store. */
interface Located {
  /** The beginning of its locators: small letters, digits and hyphens. */
  readonly scheme: string
  /** The text after the colon, in words: `a table, as in table:secret`. Absent: there is none. */
  readonly place?: string
  /** Writes the least rights of one holder, in the words of the store. Contacts nothing. */
  readonly rights?: (place: string, use: StoreUse) => string
}

/** The means with which a store is opened. */
interface StoreAccess {
  /** The environment variables of the process, and those that a family gives to its store. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** A store that is written too. */
interface WritableDefinition extends Located {
  readonly readOnly?: undefined
  /** Opens the store at a place. One that is `AsyncDisposable` is disposed when it is closed. */
  open(place: string, access: StoreAccess): Promise<SecretStore> | SecretStore
}

/** A source that is only read. */
interface ReadOnlyDefinition extends Located {
  /** Why, and where its secrets are written instead. Shown where a store is needed. */
  readonly readOnly: string
  /** Opens the source at a place. One that is `AsyncDisposable` is disposed when it is closed. */
  open(place: string, access: StoreAccess): Promise<SecretSource> | SecretSource
}

/** How locators of one scheme are opened. A family names its module in `stores`; a service gives it to `loadService`. */
export type StoreDefinition = WritableDefinition | ReadOnlyDefinition

const SCHEME = /^[a-z][a-z0-9-]{0,30}$/

/**
 * Defines a store, so that a locator opens it: `table:secret` is the place `secret` of the scheme `table`. Opens nothing.
 *
 * @throws {SecretError} `malformed` for a scheme that no locator can have
 *
 * @example
 * ```ts
 * declare function openTable(table: string, url: string | undefined): SecretStore
 * export const tableStore = defineStore({
 *   scheme: 'table',
 *   place: 'a table, as in table:secret',
 *   open: (table, { env }) => openTable(table, env['DATABASE_URL']),
 * })
 * ```
 */
export function defineStore<const D extends StoreDefinition>(definition: D): D {
  if (SCHEME.test(definition.scheme)) return definition
  throw new SecretError('malformed', 'a scheme is small letters, digits and hyphens')
}
