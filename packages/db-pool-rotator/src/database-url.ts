import { SecretError } from '@rekey/secret'
import { requireRoleName } from './roles/role-name.ts'

/** Everything that belongs to one login. Kept as one text in the store, so a user and a password are never torn apart. */
export interface DatabaseCredentials {
  /** The login role. */
  readonly user: string
  readonly password: string
  /** A name or an address; IPv6 without brackets. */
  readonly host: string
  readonly port: number
  readonly database: string
  /** Absent: the pool's own `ssl` option decides. `require` and `verify-full` both verify the certificate. */
  readonly sslmode?: SslMode
}

const SSL_MODES = ['disable', 'require', 'verify-full'] as const
type SslMode = (typeof SSL_MODES)[number]

/** The fewest characters of a database password. */
export const MIN_PASSWORD_LENGTH = 32

const SHAPE = 'postgresql://USER:PASSWORD@HOST:PORT/DATABASE'

/** Every part takes only what cannot end it, so no text has two readings; other characters are percent-encoded. */
const URL_PATTERN =
  /^postgres(?:ql)?:\/\/(?<user>[^:@/?#]*)(?::(?<password>[^:@/?#]*))?@(?:\[(?<host6>[\da-fA-F:.]+)\]|(?<host>[\w.-]*))(?::(?<port>\d{1,5}))?(?:\/(?<database>[^/?#]*))?(?:\?(?<query>[^#]*))?$/

/**
 * Reads a DSN. Stricter than URL parsers, which mend, strip and guess.
 *
 * @throws {SecretError} `malformed`; the message names the part, never any of its text
 */
export function parseDatabaseUrl(text: string): DatabaseCredentials {
  if (/[\s\p{Cc}]/u.test(text)) throw malformed('it holds white space or control characters')
  const parts = URL_PATTERN.exec(text)?.groups
  if (parts === undefined) throw malformed('special characters in a part must be percent-encoded')
  const user = decodePart('user', parts['user'])
  const password = decodePart('password', parts['password'])
  if (password.length < MIN_PASSWORD_LENGTH) {
    throw malformed(
      `its password has fewer than ${MIN_PASSWORD_LENGTH} characters; generate a longer one`,
    )
  }
  requireRoleName(user)
  const host = parts['host6'] ?? decodePart('host', parts['host'])
  const database = decodePart('database', parts['database'])
  const port = Number(parts['port'] ?? 5432)
  if (port < 1 || port > 65_535) throw malformed('its port is not between 1 and 65535')
  return { user, password, host, port, database, ...parseQuery(parts['query']) }
}

/** Writes a DSN that {@link parseDatabaseUrl} reads back as the same credentials. The text holds the password. */
export function formatDatabaseUrl(credentials: DatabaseCredentials): string {
  const { user, password, host, port, database, sslmode } = credentials
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
  const address = host.includes(':') ? `[${host}]` : host
  const query = sslmode === undefined ? '' : `?sslmode=${sslmode}`
  return `postgresql://${login}@${address}:${port}/${encodeURIComponent(database)}${query}`
}

function decodePart(name: string, part = ''): string {
  if (part === '') throw malformed(`its ${name} is missing`)
  if (/%(?![\da-fA-F]{2})/.test(part))
    throw malformed(`its ${name} has a lone percent sign; write %25`)
  let decoded: string
  try {
    decoded = decodeURIComponent(part)
  } catch {
    throw malformed(`its ${name} is not percent-encoded UTF-8`)
  }
  if (/\p{Cc}/u.test(decoded)) throw malformed(`its ${name} holds a control character`)
  return decoded
}

function parseQuery(query = ''): { sslmode?: SslMode } {
  if (query === '') return {}
  const sslmode = SSL_MODES.find((mode) => query === `sslmode=${mode}`)
  if (sslmode === undefined) {
    throw malformed(`its only parameter can be sslmode, one of ${SSL_MODES.join(', ')}`)
  }
  return { sslmode }
}

function malformed(problem: string): SecretError {
  return new SecretError(
    'malformed',
    `The database URL cannot be used: ${problem}. Expected: ${SHAPE}`,
  )
}
