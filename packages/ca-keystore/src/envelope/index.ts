export { checkCosts, type Opening, type Sealing } from './derive-key.ts'
export { openEnvelope, replaceSlot, sealEnvelope } from './envelope.ts'
export {
  type KeyIdentity,
  keyIdentitySchema,
  MAX_ENVELOPE_CHARS,
  parseEnvelope,
  type Slot,
} from './envelope-text.ts'
export { x25519PublicKey } from './x25519.ts'
