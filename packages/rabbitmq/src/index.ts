/**
 * A login of RabbitMQ: how a service declares it, and a client of amqplib that follows it.
 *
 * @module
 */
export { rabbitMqLogin } from './spec/rabbitmq-login.ts'
export {
  type AmqpClient,
  type AmqpConnection,
  followAmqplib,
  type FollowAmqpOptions,
  type FollowedAmqp,
} from './use/follow-amqplib.ts'
