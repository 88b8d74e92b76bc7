/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export { openStoreOf } from './open-store-of.ts'
export type { Rotator } from './open-rotator.ts'
