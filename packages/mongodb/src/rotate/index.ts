/**
 * Logins of MongoDB in a family: how they are rotated.
 *
 * @module
 */
export { mongoDbKind } from './mongodb-kind.ts'
