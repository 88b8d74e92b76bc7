/**
 * Logins of Kafka in a family: how they are rotated.
 *
 * @module
 */
export { kafkaKind } from './kafka-kind.ts'
