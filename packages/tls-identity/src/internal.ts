/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { ClientAuthEvent, ClientAuthOptions } from './use/client-auth.ts'
export type { ClientRefusalCode, ClientRule, ClientVerdict } from './use/client-certificate.ts'
export type { TlsFollower } from './use/follow-tls.ts'
export type { PeerListener } from './use/node.ts'
export { parseCertificates } from './spec/parse-certificates.ts'
export type { TlsParseOptions } from './spec/parse-tls-identity.ts'
export type { ServedReports, ServeReportsOptions } from './use/serve-reports.ts'
export type { TlsFetch } from './use/tls-fetch.ts'
export type { TlsIdentityOptions } from './spec/tls-identity.ts'
