import pg from 'pg'
import { hangUpLater } from '../end-client.ts'

/** The text of `pg` for a query that took longer than `query_timeout`; it has no code. */
const READ_TIMEOUT = 'Query read timeout'

/**
 * A client whose waits all end. When a query takes longer than `query_timeout`, the server has been silent past its own
 * `statement_timeout`: the connection is cut, so that nothing waits behind that query.
 */
export class BoundedClient extends pg.Client implements AsyncDisposable {
  constructor(config?: pg.ClientConfig) {
    super(config)
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
