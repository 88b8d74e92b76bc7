import {
  isLoopbackName,
  NON_PRODUCTION_PREFIX,
  Secret,
  SecretError,
  type SecretSpec,
  storeName,
} from '@rekey/secret'
import type { Trust } from '@rekey/secret/trust'
import { acceptsLogin } from './accepts-login.ts'

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

/** How a login of a mail server is checked. */
export interface SmtpLoginOptions {
  /** The fewest characters of the password. Default 32. */
  readonly minLength?: number
  /** Whether a service logs in with it before it uses it, at its start and at each change. Sends no mail. Default false. */
  readonly prove?: boolean
  /** The roots that are trusted then. Default: those of Node.js. */
  readonly trust?: Trust
}

const MIN_LENGTH = 32
const PORTS: ReadonlyMap<string, number> = new Map([
  ['smtp:', 587],
  ['smtps:', 465],
])

/** No login takes control characters. */
const CONTROL = /\p{Cc}/u

/**
 * Declares the login of a service at a mail server: `smtps://USER:PASSWORD@HOST:465`, or `smtp://USER:PASSWORD@HOST:587`, which logs in
 * after STARTTLS alone. Only on loopback, and with a password for development, may TLS be absent.
 *
 * @example
 * ```ts
 * const secrets = { mail: smtpLogin() }
 * ```
 */
export function smtpLogin(options: SmtpLoginOptions = {}): SecretSpec<string> {
  const { minLength = MIN_LENGTH, prove = false, trust } = options
  return {
    kind: 'smtp',
    rule: `an smtp or smtps URL with a password of at least ${minLength} characters`,
    access: { end: 'owner' },
    minLength,
    fallsBack: true,
    nameFor: (service) => storeName('smtp', [service]),
    parse(text) {
      const { user, password } = parseLogin(text)
      if (password.expose().length < minLength) {
        throw malformed(`its password is shorter than ${minLength} characters`, 'have a longer one')
      }
      const nonProduction = isMarked(password)
      return { value: text, id: user, sensitive: [text, password.expose()], nonProduction }
    },
    ...(prove && {
      async probe({ value }, { signal }) {
        const login = parseLogin(value.expose())
        if (await acceptsLogin(login, { trust, signal })) return
        const { host, user } = login
        const message = `${host} refuses the login of ${user}: rotate it, or correct the user`
        throw new SecretError('rejected', message, { host, user })
      },
    }),
  }
}

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

function malformed(why: string, remedy: string): SecretError {
  return new SecretError('malformed', `${why}: ${remedy}`)
}
