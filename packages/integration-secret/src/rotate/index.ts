/**
 * The rotation of credentials at a third party, by hand or through an HTTP adapter.
 *
 * @module
 */
export { AdapterCredentials } from './adapter-credentials.ts'
export { integrationKind, type IntegrationKindOptions } from './integration-kind.ts'
export type { HttpProof } from './third-party-proof.ts'
