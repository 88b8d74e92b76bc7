/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { ClientAuthEvent, ClientAuthOptions } from './client-auth.ts'
export type { ClientRefusalCode, ClientRule, ClientVerdict } from './client-certificate.ts'
export type { TlsFollower } from './follow-tls.ts'
export type { PeerListener } from './node.ts'
export { parseCertificates } from './parse-certificates.ts'
export type { TlsParseOptions } from './parse-tls-identity.ts'
export type { ServedReports, ServeReportsOptions } from './serve-reports.ts'
export { servedVersions } from './served-versions.ts'
export type { TlsFetch } from './tls-fetch.ts'
export type { TlsIdentityOptions } from './tls-identity.ts'
