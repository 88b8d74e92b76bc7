/**
 * Masks secrets in whatever a process prints.
 *
 * @module
 */
export { disclosed, type Redacts } from './current-guard.ts'
export { guardProcess, type ProcessGuard } from './guard-process.ts'
export { createRedactingStream } from './redacting-stream.ts'
