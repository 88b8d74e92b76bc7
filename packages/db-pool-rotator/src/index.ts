export {
  type ConnectionOptions,
  createPool,
  openConnection,
  type PoolOptions,
} from './connection/open-connection.ts'
export {
  type DatabaseCredentials,
  formatDatabaseUrl,
  parseConnectionUrl,
  parseDatabaseUrl,
} from './database-url.ts'
export { openListener } from './open-listener.ts'
export type { RotatingPoolOptions } from './pool-options.ts'
export { postgresLogin } from './postgres-login.ts'
export { openRotatingPool, type RotatingPool } from './rotating-pool.ts'
export type { Listener, ListenerOptions } from './pool-listener.ts'
