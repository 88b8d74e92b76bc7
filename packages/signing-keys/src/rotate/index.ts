/**
 * Secrets that sign in a family: how they are rotated.
 *
 * @module
 */
export { signingKeyKind, signingSecretKind } from './signing-kinds.ts'
