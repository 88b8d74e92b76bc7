/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { TlsFollower } from './use/follow-tls.ts'
export { parseCertificates } from './spec/parse-certificates.ts'
