/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { Redacts } from '../redacts.ts'
export type { ProcessGuard } from './guard-process.ts'
