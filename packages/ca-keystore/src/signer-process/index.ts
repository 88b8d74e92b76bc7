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
export type { Unlocker } from './start-process.ts'
