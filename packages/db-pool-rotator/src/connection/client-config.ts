import type pg from 'pg'
import type { DatabaseCredentials } from '../spec/database-url.ts'
import { tlsOptionsFor } from './tls-options.ts'

/** How long a connection may take to be made, including the login. */
export const CONNECT_TIMEOUT_MS = 10_000

/**
 * A connection on which nothing has come for this long is probed, every 75 seconds by default on Linux, so that one whose server is
 * gone without a word fails at last.
 */
const KEEPALIVE_AFTER_MS = 10_000

/**
 * The configuration of `pg`, with the login and how it is protected. One object, made at one instant: user and password
 * cannot be torn.
 */
export function clientConfigFor(
  credentials: DatabaseCredentials,
  config: pg.ClientConfig = {},
): pg.ClientConfig {
  const { user, password, host, port, database } = credentials
  // Always set: `pg` would take what is absent from PGSSLMODE, where `no-verify` verifies nothing.
  const ssl = tlsOptionsFor(credentials, config.ssl)
  return { ...withLimits(config), user, password, host, port, database, ssl }
}

/** `config` with a limit for the connection, and with keepalive, unless it sets them. */
export function withLimits<T extends pg.ClientConfig>(config: T): T {
  const { connectionTimeoutMillis: limitMs = 0 } = config
  return {
    ...config,
    // Zero is no limit to `pg`.
    connectionTimeoutMillis: limitMs > 0 ? limitMs : CONNECT_TIMEOUT_MS,
    keepAlive: config.keepAlive ?? true,
    keepAliveInitialDelayMillis: config.keepAliveInitialDelayMillis ?? KEEPALIVE_AFTER_MS,
  }
}
