/**
 * Masks secrets in whatever a process prints.
 *
 * @module
 */
export type { Redacts } from '../redacts.ts'
export { disclosed } from './current-guard.ts'
export { guardProcess, type ProcessGuard } from './guard-process.ts'
export { createRedactingStream } from './redacting-stream.ts'
