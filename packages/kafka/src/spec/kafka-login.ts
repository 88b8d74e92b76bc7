import { Secret, SecretError, type SecretSpec } from '@rekey/secret'
import { createLoginSpec } from '@rekey/secret/internal/kind'

const MIN_LENGTH = 32

/** No `*`, which is the user of all in an ACL, and nothing that SCRAM escapes: a client of Node.js escapes the first comma alone. */
const USER = /^[\w.@+-]{1,200}$/

/** A login of Kafka by SCRAM. */
export interface BrokerLogin {
  readonly user: string
  readonly password: Secret
}

/**
 * Declares the login of a service at Kafka: `USER:PASSWORD`, with a password of at least 32 characters. Its rotation makes a user with
 * another name.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5802
 * @example
 * ```ts
 * const secrets = { kafka: kafkaLogin() }
 * ```
 */
export function kafkaLogin(): SecretSpec<string> {
  return createLoginSpec('kafka', 'USER:PASSWORD with', parseLogin)
}

/** @throws {SecretError} `malformed` without any part of the text */
export function parseLogin(text: string): BrokerLogin {
  const at = text.indexOf(':')
  const [user, password] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)]
  if (!USER.test(user)) {
    throw malformed('it begins with no user of letters, digits, ., _, @, + and -, and a colon')
  }
  if (password.length < MIN_LENGTH) {
    throw malformed(`its password is shorter than ${MIN_LENGTH} characters`)
  }
  if (!/^[\x21-\x7e]+$/.test(password)) {
    throw malformed('its password has a character that is no visible ASCII')
  }
  return { user, password: Secret.of(password, 'password of Kafka') }
}

function malformed(why: string): SecretError {
  return new SecretError('malformed', `${why}: store USER:PASSWORD`)
}
