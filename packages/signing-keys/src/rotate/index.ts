/**
 * Secrets that sign or encrypt in a family: how they are rotated.
 *
 * @module
 */
export { fieldKeyKind } from './field-key-kind.ts'
export { signingKeyKind, signingSecretKind, webhookSecretKind } from './signing-kinds.ts'
