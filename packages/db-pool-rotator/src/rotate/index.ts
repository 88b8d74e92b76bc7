/**
 * The rotation of database logins, for a family or a rotator of your own.
 *
 * @module
 */
export { databaseKind, type DatabaseKindOptions } from './database-kind.ts'
export { rotatorLoginKind, type RotatorLoginOptions } from './rotator-login-kind.ts'
