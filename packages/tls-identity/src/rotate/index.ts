/**
 * The rotation of TLS identities, and the CA that issues their certificates.
 *
 * @module
 */
export { type CertificateSigner, signingServiceSigner } from './certificate-signer.ts'
export { callsOf, defineTlsKind } from './declared-identity.ts'
export { fetchAs } from './fetch-as.ts'
export { type CreateRequest, identityName, issueIdentity } from './issue-identity.ts'
export { tlsKind, type TlsKindOptions } from './tls-kind.ts'
export { dueAt, renewalDue } from './tls-renewal.ts'
