import type { LiveSecret } from '@rekey/secret'
import type pg from 'pg'
import type { DatabaseCredentials } from './database-url.ts'

type FromCredentials = 'user' | 'password' | 'host' | 'port' | 'database' | 'connectionString'

/** The options of `pg.Pool`, less those that the credentials bring. */
export interface RotatingPoolOptions extends Omit<pg.PoolConfig, FromCredentials> {
  readonly credentials: LiveSecret<DatabaseCredentials>
  /**
   * The role that every session must act as. Default: the one that the first session acts as, if that is not the login
   * itself.
   */
  readonly ownerRole?: string
  /** The name under which `credentials.usage` reports what this pool holds. Default: `pool`. */
  readonly consumer?: string
  /** How long refused logins are tried again with what the store then holds. Default: 10 seconds. */
  readonly loginRetryMs?: number
}
