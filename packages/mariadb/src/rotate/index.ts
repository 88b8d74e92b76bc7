/**
 * Passwords of MariaDB in a family: how they are rotated.
 *
 * @module
 */
export { mariaDbKind } from './mariadb-kind.ts'
