/**
 * A login of MongoDB: how a service declares it, and a client of the driver that follows it.
 *
 * @module
 */
export { mongoDbLogin } from './spec/mongodb-login.ts'
export {
  type FollowedMongo,
  followMongo,
  type FollowMongoOptions,
  type MongoDbClient,
  type MongoDbSession,
} from './use/follow-mongo.ts'
