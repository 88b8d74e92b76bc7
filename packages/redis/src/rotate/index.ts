/**
 * Passwords of Redis in a family: how they are rotated.
 *
 * @module
 */
export { redisKind } from './redis-kind.ts'
