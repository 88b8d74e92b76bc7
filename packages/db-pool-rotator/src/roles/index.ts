/**
 * The work with PostgreSQL roles behind a rotation: admit a login, compare its rights, end its sessions, drop it.
 *
 * @module
 */
export { admitLogin } from './admit-login.ts'
export { listLogins } from './list-logins.ts'
export { nextLoginName } from './role-name.ts'
export { createOwnerRole } from './role.ts'
