/**
 * What the other packages of Rekey need of this one. It changes without notice.
 *
 * @module
 */
export { type Endpoint, parseEndpoint } from '../database-url.ts'
export { BoundedClient } from './bounded-client.ts'
export { type ClusterPool, createClusterPool } from './cluster-pool.ts'
export { LivePassword } from './live-password.ts'
export type { ConnectionOptions, PoolOptions } from './open-connection.ts'
export type { SslMode, TlsParameters } from './tls-parameters.ts'
