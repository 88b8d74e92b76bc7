import { isLoopbackName, Secret, SecretError, type SecretSpec } from '@rekey/secret'
import { createLoginSpec } from '@rekey/secret/internal/kind'

const MIN_LENGTH = 32

/** A login of RabbitMQ, as its URL has it. */
export interface BrokerLogin {
  readonly url: URL
  readonly user: string
  readonly password: Secret
}

/**
 * Declares the login of a service at RabbitMQ: `amqps://USER:PASSWORD@HOST:PORT/VHOST`, with a password of at least 32 characters. Its
 * rotation makes a user with another name.
 *
 * @see https://www.rabbitmq.com/docs/uri-spec
 * @example
 * ```ts
 * const secrets = { broker: rabbitMqLogin() }
 * ```
 */
export function rabbitMqLogin(): SecretSpec<string> {
  return createLoginSpec('rabbitmq', 'an amqps URL with', parseLogin)
}

/** @throws {SecretError} `malformed` without any part of the text */
export function parseLogin(text: string): BrokerLogin {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['amqp:', 'amqps:'].includes(url.protocol)) {
    throw malformed('it is no URL of AMQP', 'store amqps://USER:PASSWORD@HOST:PORT/VHOST')
  }
  const [user, password] = [decoded(url.username), decoded(url.password)]
  if (user === '') throw malformed('it names no user', 'add it')
  if (password.length < MIN_LENGTH) {
    throw malformed(`its password is shorter than ${MIN_LENGTH} characters`, 'make a longer one')
  }
  if (url.protocol === 'amqp:' && !isLoopbackName(url.hostname)) {
    throw malformed('the password would go over the network in clear text', 'write amqps://')
  }
  return { url, user, password: Secret.of(password, 'password of RabbitMQ') }
}

/** Returns the URL of another user at the same place. */
export function withUser({ url }: BrokerLogin, user: string, password: string): string {
  const next = new URL(url)
  next.username = encodeURIComponent(user)
  next.password = encodeURIComponent(password)
  return next.href
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw malformed('its user or password has a % that begins no character', 'write %25')
  }
}

function malformed(why: string, remedy: string): SecretError {
  return new SecretError('malformed', `${why}: ${remedy}`)
}
