/**
 * A login of Kafka: how a service declares it, and clients that follow it.
 *
 * @module
 */
export { kafkaLogin } from './spec/kafka-login.ts'
export {
  type FollowedKafka,
  followKafka,
  type FollowKafkaOptions,
  type KafkaLogin,
} from './use/follow-kafka.ts'
