export {
  type CertificateSigner,
  type SigningServiceOptions,
  signingServiceSigner,
} from './kinds/certificate-signer.ts'
export { type IdentityOrder, issueIdentity } from './kinds/issue-identity.ts'
export { tlsKind, type TlsKindOptions } from './kinds/tls.ts'
export { dueAt, renewalDue } from './kinds/tls-renewal.ts'
