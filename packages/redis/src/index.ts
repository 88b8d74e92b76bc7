/**
 * A password of Redis: how a service declares it, and clients of node-redis and ioredis that follow it.
 *
 * @module
 */
export { redisPassword } from './spec/redis-password.ts'
export { followIoredis, type IoredisClient } from './use/follow-ioredis.ts'
export {
  redisCredentials,
  type RedisCredentials,
  type RedisCredentialsProvider,
} from './use/redis-credentials.ts'
