export {
  followTls,
  type TlsEvent,
  type TlsFollower,
  type TlsFollowerOptions,
  type TlsServer,
} from './follow-tls.ts'
export {
  ASK_CLIENTS,
  clientOf,
  type ClientRefusalCode,
  type ClientRule,
  type ClientVerdict,
  verifyClient,
} from './client-certificate.ts'
export { fingerprintOf, parseCertificates } from './parse-certificates.ts'
export { parseTlsIdentity, type TlsIdentity, type TlsParseOptions } from './parse-tls-identity.ts'
export { servedVersions } from './served-versions.ts'
export { type ServedReports, serveReports, type ServeReportsOptions } from './serve-reports.ts'
export { createTlsFetch, type TlsFetch, type TlsFetchOptions } from './tls-fetch.ts'
export { tlsIdentity, type TlsIdentityOptions } from './tls-identity.ts'
