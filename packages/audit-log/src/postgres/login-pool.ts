import type { Secret, SecretVersion } from '@rekey/secret'
import { type PooledSqlClient, withSqlClient } from '@rekey/secret/internal/kind'
import { type SqlPool } from '@rekey/secret/kind'
import { statements } from './audit-query.ts'

/** A pool of one login, which can be closed; a `pg.Pool` is one. */
export interface ClosablePool extends SqlPool {
  end(): Promise<void>
}

/** Where a login is, and how its connections are opened. */
export interface LoginPlace {
  /** Reads the login as it is now: a connection URL. */
  readonly read: () => Promise<SecretVersion>
  /** Opens a pool of it: `createPool` of `@rekey/db-pool-rotator`. */
  readonly open: (login: Secret) => ClosablePool | Promise<ClosablePool>
}

/**
 * Opens connections to the database of an audit log with a login that is kept elsewhere. It is read anew when a connection is refused, so a login that
 * was replaced is taken up; and a connection that the server has closed is not lent.
 *
 * @throws {SecretError} of `read` and `open`
 * @example
 * ```ts
 * const open = (login: Secret) => createPool(parseConnectionUrl(login.expose()))
 * const source = createEnvSource({ env: process.env })
 * const read = async () => (await source.read('REKEY_AUDIT_DATABASE')).current
 * const database = await openLoginPool({ read, open })
 * ```
 */
export async function openLoginPool(place: LoginPlace): Promise<ClosablePool> {
  const login = await place.read()
  return new LoginPool(place, { version: login.version, pool: await place.open(login.value) })
}

/** So many unused connections a pool has at most, unless it is set otherwise. */
const LOOKS = 10

interface OpenedLogin {
  readonly version: string
  readonly pool: ClosablePool
}

class LoginPool implements ClosablePool {
  readonly #place: LoginPlace
  #opened: OpenedLogin
  #replacing: Promise<boolean> | undefined

  constructor(place: LoginPlace, opened: OpenedLogin) {
    this.#place = place
    this.#opened = opened
  }

  async connect(): Promise<PooledSqlClient> {
    for (let look = 1; ; look += 1) {
      const client = await this.#take()
      if (look === LOOKS || (await isOpen(client))) return client
      client.release(true)
    }
  }

  async #take(): Promise<PooledSqlClient> {
    const tried = this.#opened
    try {
      return await tried.pool.connect()
    } catch (error) {
      if (this.#opened === tried && !(await this.#replaceOnce(tried))) throw error
      return await this.#opened.pool.connect()
    }
  }

  query: SqlPool['query'] = (text, values) =>
    withSqlClient(this, asError, (client) => client.query(text, values))

  end(): Promise<void> {
    return this.#opened.pool.end()
  }

  #replaceOnce(tried: OpenedLogin): Promise<boolean> {
    this.#replacing ??= this.#replace(tried).finally(() => {
      this.#replacing = undefined
    })
    return this.#replacing
  }

  /** Whether there is another login than the one that was tried. */
  async #replace({ version, pool }: OpenedLogin): Promise<boolean> {
    const login = await this.#place.read()
    if (login.version === version) return false
    this.#opened = { version: login.version, pool: await this.#place.open(login.value) }
    await pool.end()
    return true
  }
}

/** Whether the server still answers a connection: one that it has closed while it was unused fails its next statement. */
async function isOpen(client: PooledSqlClient): Promise<boolean> {
  // One that was closed may emit it later, too.
  const ignore = () => undefined
  client.on('error', ignore)
  const isAnswered = await client.query('select').then(
    () => true,
    () => false,
  )
  if (isAnswered) client.off('error', ignore)
  return isAnswered
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : statements.failure(error)
}
