/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { RotationEvents } from './use/pool-events.ts'
export type { PostgresLoginOptions } from './spec/postgres-login.ts'
export { type Identity, type ProofOptions, proveLogin } from './spec/prove-login.ts'
export type { Notification } from './use/subscription.ts'
