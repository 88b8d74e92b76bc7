/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export { type ClientAddress, discover } from './spec/discover.ts'
export { proveClientSecret } from './spec/prove-client-secret.ts'
