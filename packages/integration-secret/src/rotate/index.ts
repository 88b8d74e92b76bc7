/**
 * The rotation of credentials at a third party, by hand or through an HTTP adapter.
 *
 * @module
 */
export { AdapterCredentials, type AdapterCredentialsOptions } from './adapter-credentials.ts'
export { integrationKind, type IntegrationKindOptions } from './integration-kind.ts'
export type { ManualCredentialsOptions } from './manual-credentials.ts'
export type { HttpProof, IsAccepted } from './third-party-proof.ts'
