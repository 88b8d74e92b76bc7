import { type AdminSqlPool, withSqlClient } from '@rekey/secret/internal/kind'
import { describeDatabaseError } from '../spec/database-error.ts'

/** A rotator's connections that can be closed. */
interface EndingPool extends AdminSqlPool {
  end(): Promise<void>
}

/**
 * The password of a login that is changed while it is in use. There is one at a time, and between its change and the next write to the store
 * that is the one that the store has as pending.
 */
export class LivePassword {
  #now: string
  readonly #read: () => Promise<readonly string[]>

  /** @param read - reads the passwords that the store has, of all stages */
  constructor(first: string, read: () => Promise<readonly string[]>) {
    this.#now = first
    this.#read = read
  }

  /** The option `password` of the driver. */
  readonly now = (): string => this.#now

  /**
   * Follows the password with a pool that was made with it as `live`: where it gives no connection, each other password that the store has is tried
   * once.
   *
   * @returns a pool whose `connect` throws the first error where none is accepted
   */
  follow(pool: EndingPool): EndingPool {
    const endpoints = pool.endpoints?.map((each) => this.#follow(each))
    return { ...this.#follow(pool), end: () => pool.end(), ...(endpoints && { endpoints }) }
  }

  /** A standby that is behind takes the one from before. */
  #follow(pool: AdminSqlPool): AdminSqlPool {
    const connect = () => this.connect(() => pool.connect())
    return {
      connect,
      query: (text, values) =>
        withSqlClient({ connect }, describeDatabaseError, (client) => client.query(text, values)),
      options: pool.options,
    }
  }

  /** Connects, where that fails with each other password that the store has. @throws the first error where none is accepted */
  async connect<T>(connect: () => Promise<T>): Promise<T> {
    const tried = new Set([this.#now])
    try {
      return await connect()
    } catch (error) {
      const live = await this.#read().catch(() => [])
      for (const password of [this.#now, ...live]) {
        if (tried.has(password)) continue
        this.#now = password
        tried.add(password)
        const client = await connect().catch(() => undefined)
        if (client !== undefined) return client
      }
      throw error
    }
  }
}
