import { SecretError, type SecretSpec, storeName } from '@rekey/secret'
import type { Trust } from '@rekey/secret/trust'
import { acceptsLogin } from './accepts-login.ts'
import { isMarked, malformed, parseLogin } from './mail-login.ts'

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
