/**
 * The one opener of PostgreSQL connections: it decides `sslmode`, certificates and timeouts.
 *
 * @module
 */
export { BoundedClient } from './bounded-client.ts'
export { type ClusterPool, createClusterPool } from './cluster-pool.ts'
export { LivePassword } from './live-password.ts'
export {
  type ConnectionOptions,
  createPool,
  openConnection,
  type PoolOptions,
} from './open-connection.ts'
export type { SslMode, TlsParameters } from './tls-parameters.ts'
export { type Endpoint, parseConnectionUrl, parseEndpoint } from '../database-url.ts'
