/**
 * A CA key in a process of its own, which signs for the service and gets its passphrase over a channel.
 *
 * @module
 */
export {
  type CaSigner,
  type CaSignerEvent,
  type CaSignerOptions,
  createCaSigner,
  type SignerPassphrase,
  type SignerToken,
  type UnsealedCa,
} from './ca-signer.ts'
export { closeDebugDoors, type DebuggedProcess, emptyCoreDumps } from './debug-doors.ts'
export { sendPassphrase } from './passphrase-channel.ts'
export type { SignerLimits } from './signer-limits.ts'
export type { Unlocker } from './start-process.ts'
