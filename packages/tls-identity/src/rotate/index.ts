/**
 * The rotation of TLS identities, and the CA that issues their certificates.
 *
 * @module
 */
export {
  type CertificateSigner,
  type SigningServiceOptions,
  signingServiceSigner,
} from './certificate-signer.ts'
export { callsOf, defineTlsKind } from './declared-identity.ts'
export { fetchAs, type FetchAsOptions } from './fetch-as.ts'
export {
  type CreateRequest,
  identityName,
  type IdentityOrder,
  issueIdentity,
} from './issue-identity.ts'
export { tlsKind, type TlsKindOptions } from './tls-kind.ts'
export { dueAt, renewalDue } from './tls-renewal.ts'
