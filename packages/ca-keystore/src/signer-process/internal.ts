/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { SignerPassphrase, SignerToken } from './ca-signer.ts'
export { type DebuggedProcess, emptyCoreDumps } from './debug-doors.ts'
export type { Unlocker } from './start-process.ts'
