import { SecretError } from '@rekey/secret'
import type pg from 'pg'

/** The class that a pool makes its connections from. */
export type ClientConstructor = new (config?: pg.ClientConfig) => pg.Client

/** A caller that waits for a connection. */
interface Waiter {
  readonly timedOut?: boolean
  callback(error: Error | undefined, client: pg.PoolClient | undefined, done: () => void): void
}

/**
 * The private parts of `pg-pool` that retirement in place needs: no public method closes a connection when it comes
 * back, or takes one in. Read in pg-pool 3.10 to 3.14.
 */
export interface PoolInternals {
  Client: ClientConstructor
  /** All connections, also those still connecting. */
  readonly _clients: readonly pg.Client[]
  readonly _idle: readonly { readonly client: pg.Client }[]
  /** Connections to close when they are released. */
  readonly _expired: WeakSet<pg.Client>
  readonly _pendingQueue: Waiter[]
  /** Makes a connection from `Client`, even if there is no room. */
  newClient(waiter: Waiter): void
  _isFull(): boolean
  _pulseQueue(): void
  /** Takes a released connection back, or closes it if it has expired. */
  _release(client: pg.Client, idleListener: () => void, error?: Error | boolean): void
  _remove(client: pg.Client, callback?: () => void): void
}

/** The fields of a pool. */
const FIELDS: Readonly<Record<string, (part: unknown) => boolean>> = {
  Client: (part) => typeof part === 'function',
  options: (part) => typeof part === 'object' && part !== null && 'max' in part,
  _clients: Array.isArray,
  _idle: Array.isArray,
  _expired: (part) => part instanceof WeakSet,
  _pendingQueue: Array.isArray,
}

/** Methods of `pg-pool` itself; of a pool of ours they may be overridden. */
const METHODS: readonly (keyof PoolInternals)[] = [
  'newClient',
  '_isFull',
  '_pulseQueue',
  '_release',
  '_remove',
]

/**
 * Makes sure that this version of `pg-pool` has the private parts that we use: the fields of `pool` and the methods of
 * `inherited`, its prototype there.
 *
 * @throws {SecretError} `refused` with the name of the first one that is missing
 */
export function requirePoolInternals(pool: object, inherited: object): void {
  const parts = pool as Readonly<Record<string, unknown>>
  const methods = inherited as Readonly<Record<string, unknown>>
  const missing =
    Object.entries(FIELDS).find(([name, isThere]) => !isThere(parts[name]))?.[0] ??
    METHODS.find((name) => typeof methods[name] !== 'function')
  if (missing === undefined) return
  const message = `This version of pg-pool has no ${missing}; use pg 8.16 to 8.23`
  throw new SecretError('refused', message, { missing })
}
