export { ASK_CLIENTS, clientOf, verifyClient } from './use/client-certificate.ts'
export {
  followTls,
  type TlsEvent,
  type TlsFollowerOptions,
  type TlsServer,
} from './use/follow-tls.ts'
export { clientAuth } from './use/node.ts'
export { fingerprintOf } from './spec/parse-certificates.ts'
export { parseTlsIdentity, type TlsIdentity } from './spec/parse-tls-identity.ts'
export { serveReports } from './use/serve-reports.ts'
export { createTlsFetch, type TlsFetchOptions } from './use/tls-fetch.ts'
export { tlsIdentity } from './spec/tls-identity.ts'
