/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { ProcessGuard } from './guard-process.ts'
