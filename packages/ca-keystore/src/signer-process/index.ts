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
  type UnsealedCa,
} from './ca-signer.ts'
export { closeDebugDoors } from './debug-doors.ts'
export { sendPassphrase } from './passphrase-channel.ts'
export type { SignerLimits } from './signer-limits.ts'
