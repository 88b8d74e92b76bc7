/**
 * Logins of a mail server in a family: how they are rotated.
 *
 * @module
 */
export { smtpKind } from './smtp-kind.ts'
