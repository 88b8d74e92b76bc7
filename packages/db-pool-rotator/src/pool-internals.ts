import { SecretError } from '@rekey/secret'
import type pg from 'pg'

/** The class that a pool makes its connections from. */
export type ClientConstructor = new (config?: pg.ClientConfig) => pg.Client

/** Someone who waits for a connection. */
interface Waiter {
  readonly timedOut?: boolean
  callback(error: Error, client: undefined, done: () => void): void
}

/**
 * The private parts of `pg-pool` that retirement in place needs: there is no public way to say "close this connection
 * when it comes back". Read in pg-pool 3.10 to 3.14.
 */
export interface PoolInternals {
  Client: ClientConstructor
  /** All connections, also those still connecting. */
  readonly _clients: readonly pg.Client[]
  readonly _idle: readonly { readonly client: pg.Client }[]
  /** Connections to close when they are released. */
  readonly _expired: WeakSet<pg.Client>
  readonly _pendingQueue: Waiter[]
  _isFull(): boolean
  _pulseQueue(): void
  _remove(client: pg.Client, callback?: () => void): void
}

const EXPECTED = {
  Client: (part: unknown) => typeof part === 'function',
  _clients: Array.isArray,
  _idle: Array.isArray,
  _expired: (part: unknown) => part instanceof WeakSet,
  _pendingQueue: Array.isArray,
  _isFull: (part: unknown) => typeof part === 'function',
  _pulseQueue: (part: unknown) => typeof part === 'function',
  _remove: (part: unknown) => typeof part === 'function',
}

/**
 * Makes sure that this version of `pg-pool` has the private parts that we use.
 *
 * @throws {SecretError} `refused` with the name of the first one that is missing
 */
export function requirePoolInternals(base: object): void {
  const parts = base as Readonly<Record<string, unknown>>
  const missing = Object.entries(EXPECTED).find(([name, isThere]) => !isThere(parts[name]))
  if (missing === undefined) return
  throw new SecretError(
    'refused',
    `This version of pg-pool has no ${missing[0]}; use pg 8.16 to 8.23`,
    {
      missing: missing[0],
    },
  )
}
