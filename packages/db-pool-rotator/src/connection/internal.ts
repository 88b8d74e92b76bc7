/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export { type Endpoint, parseEndpoint } from '../spec/database-url.ts'
export { type ClusterPool, createClusterPool } from './cluster-pool.ts'
export { LivePassword } from './live-password.ts'
export type { SslMode, TlsParameters } from './tls-parameters.ts'
