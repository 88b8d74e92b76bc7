/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { RotationEvents } from './use/pool-events.ts'
export { proveLogin } from './spec/prove-login.ts'
