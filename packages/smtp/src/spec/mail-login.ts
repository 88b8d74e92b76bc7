import { isLoopbackName, NON_PRODUCTION_PREFIX, Secret, SecretError } from '@rekey/secret'

/** A login of a mail server, as its URL has it. */
export interface MailLogin {
  readonly url: URL
  readonly user: string
  readonly password: Secret
  /** Usually 587 with STARTTLS, and 465 with TLS. */
  readonly port: number
  /** As sockets take it: an address of IPv6 has no brackets. */
  readonly host: string
  /** Whether the session is encrypted from its start (RFC 8314). */
  readonly secure: boolean
  /** Whether no login is sent before STARTTLS (RFC 3207). */
  readonly requireTLS: boolean
}

const PORTS: ReadonlyMap<string, number> = new Map([
  ['smtp:', 587],
  ['smtps:', 465],
])

/** No login takes control characters. */
const CONTROL = /\p{Cc}/u

/** @throws {SecretError} `malformed` without any part of the text */
export function parseLogin(text: string): MailLogin {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const port = PORTS.get(url?.protocol ?? '')
  if (url === undefined || port === undefined || url.hostname === '') {
    throw malformed('it is no URL of SMTP', 'store smtps://USER:PASSWORD@HOST:465')
  }
  const [user, password] = [decoded(url.username), decoded(url.password)]
  if (user === '' || password === '') throw malformed('it has no user or no password', 'add it')
  if (CONTROL.test(user + password)) {
    throw malformed('its user or password has control characters', 'remove them')
  }
  const held = Secret.of(password, 'password of the mail server')
  return {
    ...{ url, user, password: held, secure: url.protocol === 'smtps:' },
    port: url.port === '' ? port : Number(url.port),
    host: url.hostname.replace(/^\[|\]$/g, ''),
    requireTLS: !(isLoopbackName(url.hostname) && isMarked(held)),
  }
}

/** Returns the URL of the same user with another password. */
export function withPassword({ url }: MailLogin, password: string): string {
  const next = new URL(url)
  next.password = encodeURIComponent(password)
  return next.href
}

/** Whether a password is one for development. */
export function isMarked(password: Secret): boolean {
  return password.expose().startsWith(NON_PRODUCTION_PREFIX)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw malformed('its user or password has a % that begins no character', 'write %25')
  }
}

/** Creates the error for a text that is no login; it has no part of the text. */
export function malformed(why: string, remedy: string): SecretError {
  return new SecretError('malformed', `${why}: ${remedy}`)
}
