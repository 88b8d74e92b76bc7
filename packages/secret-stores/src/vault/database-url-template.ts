import { SecretError } from '@rekey/secret'

const TEMPLATE = /^postgres(?:ql)?:\/\/(?<place>[^\s@/][^\s@]*)$/

/** Makes a DSN out of the two parts of a login. */
export type FormatLogin = (data: Readonly<Record<string, unknown>>) => string

/**
 * Reads a DSN without a login, such as `postgresql://db.example:5432/app?sslmode=verify-full`, and puts logins of Vault's
 * database engine into it (`username`, `password`), percent-encoded.
 *
 * @throws {SecretError} `malformed` if it is no such URL; the result throws it if Vault gave no login
 */
export function parseUrlTemplate(name: string, url: string): FormatLogin {
  const place = TEMPLATE.exec(url)?.groups?.['place']
  if (place === undefined) {
    throw new SecretError(
      'malformed',
      `the URL of ${name} must be postgresql://HOST:PORT/DATABASE, without a login`,
    )
  }
  return ({ username, password }) => {
    if (isText(username) && isText(password)) {
      return `postgresql://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${place}`
    }
    throw new SecretError('malformed', `Vault gave no user and password for ${name}: see its role`)
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
