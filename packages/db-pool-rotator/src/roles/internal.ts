/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export { inTransaction } from './admin-query.ts'
export type { Admission } from './admit-login.ts'
export { closeLogin } from './close-login.ts'
export { compareLogins } from './compare-logins.ts'
export type { Difference } from './difference.ts'
export { dropLogin } from './drop-login.ts'
export { endSessions } from './end-sessions.ts'
export { findStrangers } from './find-strangers.ts'
export { endOfLogin } from './login-lifetime.ts'
export { findLoginReaders } from './login-readers.ts'
export { revokeLogin } from './revoke-login.ts'
export { createScramVerifier } from './scram-verifier.ts'
export { type Session, sessionsOf } from './sessions.ts'
