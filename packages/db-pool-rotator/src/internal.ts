/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { RotationEvents } from './pool-events.ts'
export type { PostgresLoginOptions } from './postgres-login.ts'
export { type Identity, type ProofOptions, proveLogin } from './prove-login.ts'
export type { Notification } from './subscription.ts'
