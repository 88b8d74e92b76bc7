/**
 * The roots that a client trusts, a `fetch` that trusts them alone, and why the certificate of a server was refused.
 *
 * @module
 */
export { certificateRefusal } from './certificate-refusal.ts'
export { readTrust, type Trust, trustEntry } from './trust.ts'
export { openTrustedFetch, type TrustedFetch } from './trusted-fetch.ts'
