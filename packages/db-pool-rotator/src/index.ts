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
} from './spec/database-url.ts'
export { openListener } from './use/open-listener.ts'
export type { RotatingPoolOptions } from './use/pool-options.ts'
export { postgresLogin } from './spec/postgres-login.ts'
export { openRotatingPool, type RotatingPool } from './use/rotating-pool.ts'
export type { Listener, ListenerOptions } from './use/pool-listener.ts'
