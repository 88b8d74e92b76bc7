/**
 * What the other packages of Rekey need of this one. It changes without notice.
 *
 * @module
 */
export type { Redacts } from '../redacts.ts'
export type { ProcessGuard } from './guard-process.ts'
