import { SecretError } from '@rekey/secret'
import { type AdminSqlPool, type PooledSqlClient, withSqlClient } from '@rekey/secret/internal/kind'
import type pg from 'pg'
import { codeOf } from '../spec/database-error.ts'
import type { DatabaseCredentials } from '../spec/database-url.ts'
import { createPool, type PoolOptions } from './open-connection.ts'

/** An administrator's connections to a primary and its standbys. Itself it connects to the present primary. */
export interface ClusterPool extends AdminSqlPool, AsyncDisposable {
  readonly endpoints: readonly pg.Pool[]
  /** Ends all connections. */
  end(): Promise<void>
}

/**
 * Creates a pool for a cluster of PostgreSQL servers. Each connection that it lends is to the server that is the primary at that
 * moment, so work goes on after a failover; `endpoints` has a pool for each server.
 *
 * @param endpoints - the same login at each server, in any order; one that comes twice counts once
 * @throws {SecretError} as {@link createPool}
 *
 * @example
 * ```ts
 * const pool = createClusterPool([credentials, { ...credentials, host: '10.0.0.2' }])
 * ```
 */
export function createClusterPool(
  endpoints: readonly DatabaseCredentials[],
  options: PoolOptions = {},
): ClusterPool {
  const distinct = new Map(endpoints.map((each) => [endpointName(each), each]))
  return new PrimaryPool([...distinct.values()].map((endpoint) => createPool(endpoint, options)))
}

class PrimaryPool implements ClusterPool {
  readonly endpoints: readonly pg.Pool[]
  /** The last known primary, which is asked first. */
  #primary: pg.Pool

  constructor(endpoints: readonly pg.Pool[]) {
    const [first] = endpoints
    if (first === undefined) throw new TypeError('a cluster must have an endpoint')
    this.endpoints = endpoints
    this.#primary = first
  }

  get options(): object {
    return this.#primary.options
  }

  async connect(): Promise<PooledSqlClient> {
    const others = this.endpoints.filter((pool) => pool !== this.#primary)
    const answers: string[] = []
    for (const pool of [this.#primary, ...others]) {
      const answer = await connectToPrimary(pool, pool.idleCount)
      if (typeof answer !== 'string') {
        this.#primary = pool
        return answer
      }
      answers.push(`${endpointName(pool.options)} ${answer}`)
    }
    const message = `No server of the cluster is its primary: ${answers.join('; ')}`
    throw new SecretError('unreachable', message, { endpoints: answers.length })
  }

  query: AdminSqlPool['query'] = (text, values) =>
    withSqlClient(this, asError, (client) => client.query(text, values))

  async end(): Promise<void> {
    await Promise.all(this.endpoints.map((pool) => pool.end()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new SecretError('unreachable', 'There is no connection')
}

/**
 * Lends a connection if the server is a primary.
 *
 * @param stale - how many of its idle connections the server may have ended
 * @returns otherwise why not, in words
 */
async function connectToPrimary(pool: pg.Pool, stale: number): Promise<pg.PoolClient | string> {
  let client: pg.PoolClient
  try {
    client = await pool.connect()
  } catch (error) {
    return `gives no connection (${codeOf(error) ?? 'no answer'})`
  }
  try {
    const asked = 'select pg_is_in_recovery() as standby'
    const { rows } = await client.query<{ standby: boolean }>(asked)
    if (rows[0]?.standby === false) return client
    client.release()
    return 'is a standby'
  } catch (error) {
    client.release(true)
    if (stale > 0) return connectToPrimary(pool, stale - 1)
    return `gives no answer (${codeOf(error) ?? 'it was cut'})`
  }
}

/** Names a server: `10.0.0.2:5432`. */
export function endpointName({ host = 'localhost', port = 5432 }: pg.ClientConfig): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
