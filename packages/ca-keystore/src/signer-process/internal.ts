/**
 * What the other packages of Rekey need of this one. It changes without notice.
 *
 * @module
 */
export type { SignerPassphrase, SignerToken } from './ca-signer.ts'
export { type DebuggedProcess, emptyCoreDumps } from './debug-doors.ts'
export type { Unlocker } from './start-process.ts'
