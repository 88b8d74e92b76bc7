/**
 * Secrets that sign or encrypt in a family: how they are rotated.
 *
 * @module
 */
export { signingKeyKind, signingSecretKind, webhookSecretKind } from './signing-kinds.ts'
