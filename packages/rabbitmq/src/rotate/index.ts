/**
 * Logins of RabbitMQ in a family: how they are rotated.
 *
 * @module
 */
export { rabbitMqKind } from './rabbitmq-kind.ts'
