/**
 * Secrets that sign: how a service declares them, and follows them through their rotations.
 *
 * @module
 */
export { type SigningKey, signingKey } from './spec/signing-key.ts'
export { signingSecret } from './spec/signing-secret.ts'
export { followSigningKey, type SigningKeys } from './use/follow-signing-key.ts'
export { followSigningSecret, type SigningSecrets } from './use/follow-signing-secret.ts'
