import { type Clock, type LiveSecret, SecretError, type SecretVersion } from '@rekey/secret'
import type pg from 'pg'
import { endpointName } from '../connection/cluster-pool.ts'
import type { DatabaseCredentials, Endpoint } from '../spec/database-url.ts'
import type { ReplacementPace } from './replacement.ts'

type FromCredentials = 'user' | 'password' | 'host' | 'port' | 'database' | 'connectionString'

/** The options of `pg.Pool`, less those that the credentials bring. */
export interface RotatingPoolOptions extends Omit<pg.PoolConfig, FromCredentials> {
  /** The login; connections are replaced when it changes. */
  readonly credentials: LiveSecret<DatabaseCredentials>
  /**
   * Another server that accepts the same login, such as a standby, or the pooler before it. Default: the host and port of the
   * credentials.
   */
  readonly endpoint?: Endpoint
  /**
   * How long a caller waits for a connection, and a connection for its login, in milliseconds. The error names what the pool
   * waits for. 0 waits for ever, as `pg.Pool` does by default. Default: 30,000.
   */
  readonly connectionTimeoutMillis?: number | undefined
  /**
   * The role that every session must act as. Default: the one that the first session acts as, if that is not the login
   * itself.
   */
  readonly ownerRole?: string
  /**
   * The name under which `credentials.usage` reports what this pool holds; each pool of the same login needs its own. Default:
   * `pool`, or `pool at HOST:PORT` with an `endpoint`.
   */
  readonly consumer?: string
  /** How long refused logins are tried again with what the store then holds. Default: 10 seconds. */
  readonly loginRetryMs?: number
  /**
   * How many connections of a replaced version are closed only once a successor has logged in, one after the other, idle ones
   * first; the others go at once, or as `retire` sets. For the successor the pool has `max` + 1 connections. Default: idle ones
   * go at once, and all that are in use are replaced, evenly over a second, after which the rest go at once; 0 with `retire`.
   */
  readonly prewarm?: number
  /** Closes the others a few at a time: `slice` of them, and as many again after each `everyMs`. Default: all at once. */
  readonly retire?: { readonly slice: number; readonly everyMs: number }
  /**
   * How long the store must go on naming a version that this pool has left before it is taken for a rollback, and not for an
   * outdated answer. Default: 5 seconds. A refused login ends the wait.
   */
  readonly rollBackAfterMs?: number
  /** Default: the machine's own. */
  readonly clock?: Clock
}

const OWN: ReadonlySet<string> = new Set<keyof RotatingPoolOptions>([
  'credentials',
  'endpoint',
  'ownerRole',
  'consumer',
  'loginRetryMs',
  'prewarm',
  'retire',
  'rollBackAfterMs',
  'clock',
])

/** As in HikariCP; `pg.Pool` itself waits for ever. */
const CONNECTION_TIMEOUT_MS = 30_000

/** The options for `pg.Pool` itself. */
export function poolConfigOf(options: RotatingPoolOptions): pg.PoolConfig {
  const own = Object.entries(options).filter(
    ([name, value]) => !OWN.has(name) && value !== undefined,
  )
  return { connectionTimeoutMillis: CONNECTION_TIMEOUT_MS, ...Object.fromEntries(own) }
}

/** The pace that the options ask for. @throws {SecretError} `malformed` a number that cannot be meant */
export function paceOf(options: RotatingPoolOptions): ReplacementPace {
  const { retire = { slice: Infinity, everyMs: 0 } } = options
  const { prewarm = options.retire === undefined ? undefined : 0 } = options
  const isPace = (prewarm ?? 0) >= 0 && retire.slice >= 1 && retire.everyMs >= 0
  if (isPace) return { prewarm, ...retire }
  throw new SecretError(
    'malformed',
    'prewarm and retire.everyMs must be 0 or more, retire.slice 1 or more',
    { prewarm: prewarm ?? 0, slice: retire.slice, everyMs: retire.everyMs },
  )
}

/** A version of the login, at the endpoint of the options. */
export function atEndpoint(
  version: SecretVersion<DatabaseCredentials>,
  endpoint: Endpoint | undefined,
): SecretVersion<DatabaseCredentials> {
  if (endpoint === undefined) return version
  const { host, port } = endpoint
  return { ...version, value: version.value.map((login) => ({ ...login, host, port })) }
}

/** The name under which a pool reports what it holds. */
export function consumerOf({ consumer, endpoint }: RotatingPoolOptions): string {
  return consumer ?? (endpoint === undefined ? 'pool' : `pool at ${endpointName(endpoint)}`)
}
