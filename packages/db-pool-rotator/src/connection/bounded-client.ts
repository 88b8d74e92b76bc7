import pg from 'pg'
import type { LivePassword } from './live-password.ts'
import { hangUpLater } from './end-client.ts'
import { limitIterations } from './scram-limit.ts'

/** The text of `pg` for a query that took longer than `query_timeout`; it has no code. */
const READ_TIMEOUT = 'Query read timeout'

/** The configuration of `pg`, and where names without a schema are found. */
export interface BoundedConfig extends pg.ClientConfig {
  /** In `pg_catalog` alone, so that no function or operator runs that the owner of the database has put into `public`. */
  readonly catalogOnly?: boolean
  /** The password, where it may change while it is used. */
  readonly live?: LivePassword
}

const OPEN = new Set<BoundedClient>()

/** The process numbers of the sessions that this process has at a server, by its address. */
export function ownSessionsAt(server: { readonly host: string; readonly port: number }): number[] {
  return [...OPEN].flatMap(({ host, port, processID }) =>
    host === server.host && port === server.port && processID !== null ? [processID] : [],
  )
}

/**
 * A client whose waits all end. When a query takes longer than `query_timeout`, the server has been silent past its own
 * `statement_timeout`: the connection is cut, so that nothing waits behind that query.
 */
export class BoundedClient extends pg.Client implements AsyncDisposable {
  /** Of its session at the server; the types of `pg` lack it. */
  declare readonly processID: number | null
  readonly #catalogOnly: boolean
  readonly #refusal: ReturnType<typeof limitIterations>

  constructor(config?: BoundedConfig) {
    super(config)
    this.#catalogOnly = config?.catalogOnly === true
    this.#refusal = limitIterations(this)
    // A connection that is cut also fails the query that runs; the event alone would end the process.
    this.on('error', () => undefined)
    const query = this.query.bind(this) as (...args: unknown[]) => unknown
    // Not a method, whose signature would have to be one of the driver's seven.
    this.query = ((...args: unknown[]) => {
      const result = query(...args)
      if (result instanceof Promise) result.catch(this.#cutIfSilent)
      return result
    }) as pg.Client['query']
  }

  readonly #cutIfSilent = (error: unknown): void => {
    if (error instanceof Error && error.message === READ_TIMEOUT) this.connection.stream.destroy()
  }

  override connect(): Promise<this>
  override connect(callback: (error: Error) => void): void
  override connect(callback?: (error: Error) => void): Promise<this> | undefined {
    const connected = this.#connect()
    if (callback === undefined) return connected
    // `pg` calls it without an error, too.
    connected.then(() => {
      ;(callback as () => void)()
    }, callback)
    return undefined
  }

  async #connect(): Promise<this> {
    try {
      await super.connect()
    } catch (error) {
      throw this.#refusal() ?? error
    }
    OPEN.add(this)
    this.once('end', () => OPEN.delete(this))
    // A parameter of the startup packet would be refused by PgBouncer.
    if (this.#catalogOnly) await this.query('set search_path = pg_catalog, pg_temp')
    return this
  }

  override end(): Promise<void>
  override end(callback: (error: Error) => void): void
  override end(callback?: (error: Error) => void): Promise<void> | undefined {
    this.once('end', hangUpLater(this))
    if (callback === undefined) return super.end()
    super.end(callback)
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }
}
