/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export { inTransaction } from './admin-query.ts'
export type { Admission } from './admit-login.ts'
export { type ClosedLogin, closeLogin } from './close-login.ts'
export { compareLogins, type ComparisonOptions } from './compare-logins.ts'
export type { Administrator, DatabaseAccess } from './database-access.ts'
export type { Difference, DifferenceKind } from './difference.ts'
export { dropLogin, type DropOptions } from './drop-login.ts'
export { endSessions, type SessionEnd } from './end-sessions.ts'
export { findStrangers, type Stranger } from './find-strangers.ts'
export type { Login } from './list-logins.ts'
export { endOfLogin } from './login-lifetime.ts'
export { findLoginReaders, type LoginReader } from './login-readers.ts'
export { type Revocation, type RevocationReport, revokeLogin } from './revoke-login.ts'
export { createScramVerifier } from './scram-verifier.ts'
export { type Session, sessionsOf } from './sessions.ts'
