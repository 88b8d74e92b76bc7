/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export { parseEndpoint } from '../spec/database-url.ts'
export { createClusterPool } from './cluster-pool.ts'
export { LivePassword } from './live-password.ts'
export type { SslMode } from './tls-parameters.ts'
