/**
 * The work with PostgreSQL roles behind a rotation: admit a login, compare its rights, end its sessions, drop it.
 *
 * @module
 */
export { admitLogin } from './admit-login.ts'
export { closeLogin } from './close-login.ts'
export { compareLogins } from './compare-logins.ts'
export { dropLogin } from './drop-login.ts'
export { endSessions } from './end-sessions.ts'
export { listLogins } from './list-logins.ts'
export { revokeLogin } from './revoke-login.ts'
export { nextLoginName } from './role-name.ts'
export { createOwnerRole } from './role.ts'
