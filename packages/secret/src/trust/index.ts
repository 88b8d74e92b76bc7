export { certificateRefusal, type RefusalPlace } from './certificate-refusal.ts'
export { readTrust, type Trust, trustEntry } from './trust.ts'
export { openTrustedFetch, type TrustedFetch } from './trusted-fetch.ts'
