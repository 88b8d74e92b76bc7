import { SecretError } from '@rekey/secret'
import { findTlsProblem, TLS_PARAMETERS, type TlsParameters } from '../connection/tls-parameters.ts'
import { requireRoleName } from '../roles/role-name.ts'

/** Everything that belongs to one login. Kept as one text in the store, so a user and a password are never torn apart. */
export interface DatabaseCredentials extends TlsParameters {
  /** The login role. */
  readonly user: string
  /** Of that role. */
  readonly password: string
  /** A name or an address; IPv6 without brackets. */
  readonly host: string
  /** 1 to 65,535. */
  readonly port: number
  /** The database that is connected to. */
  readonly database: string
}

/** The fewest characters of a database password. */
export const MIN_PASSWORD_LENGTH = 32

const SHAPE = 'postgresql://USER:PASSWORD@HOST:PORT/DATABASE'

const ENDPOINT = String.raw`(?:\[(?<host6>[\da-fA-F:.]+)\]|(?<host>[\w.-]*))(?::(?<port>\d{1,5}))?`
const ENDPOINT_PATTERN = new RegExp(`^${ENDPOINT}$`)

/** Every part takes only what cannot end it, so no text has two readings; other characters are percent-encoded. */
const URL_PATTERN = new RegExp(
  String.raw`^postgres(?:ql)?://(?<user>[^:@/?#]*)(?::(?<password>[^:@/?#]*))?@${ENDPOINT}(?:/(?<database>[^/?#]*))?(?:\?(?<query>[^#]*))?$`,
)

/**
 * Parses a DSN. Stricter than URL parsers, which mend, strip and guess.
 *
 * @throws {SecretError} `malformed`; the message names the part, never any of its text
 */
export function parseDatabaseUrl(text: string): DatabaseCredentials {
  const credentials = parseConnectionUrl(text)
  if (credentials.password.length >= MIN_PASSWORD_LENGTH) return credentials
  throw malformed(
    `its password has fewer than ${MIN_PASSWORD_LENGTH} characters; generate a longer one`,
  )
}

/**
 * Parses the DSN of a login that was not made here: as `parseDatabaseUrl`, with a password of any length.
 *
 * @throws {SecretError} `malformed`
 */
export function parseConnectionUrl(text: string): DatabaseCredentials {
  if (/[\s\p{Cc}]/u.test(text)) throw malformed('it holds white space or control characters')
  const parts = URL_PATTERN.exec(text)?.groups
  if (parts === undefined) throw malformed('special characters in a part must be percent-encoded')
  const user = decodePart('user', parts['user'])
  const password = decodePart('password', parts['password'])
  requireRoleName(user)
  const endpoint = endpointIn(parts)
  const database = decodePart('database', parts['database'])
  return { user, password, ...endpoint, database, ...parseQuery(parts['query']) }
}

/** The address of a server. */
export type Endpoint = Pick<DatabaseCredentials, 'host' | 'port'>

/**
 * Parses `HOST:PORT` or `HOST`, an IPv6 address in brackets.
 *
 * @throws {SecretError} `malformed`
 */
export function parseEndpoint(text: string): Endpoint {
  const parts = ENDPOINT_PATTERN.exec(text)?.groups
  if (parts === undefined) throw malformed('its standby is not HOST:PORT')
  return endpointIn(parts)
}

function endpointIn(parts: Readonly<Record<string, string | undefined>>): Endpoint {
  const host = parts['host6'] ?? decodePart('host', parts['host'])
  const port = Number(parts['port'] ?? 5432)
  if (port < 1 || port > 65_535) throw malformed('its port is not between 1 and 65535')
  return { host, port }
}

/** Writes a DSN that `parseDatabaseUrl` reads back as the same credentials. The text holds the password. */
export function formatDatabaseUrl(credentials: DatabaseCredentials): string {
  const { user, password, host, port, database } = credentials
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
  const address = host.includes(':') ? `[${host}]` : host
  const parameters = TLS_PARAMETERS.flatMap((name) => {
    const value = credentials[name]
    return value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]
  })
  const query = parameters.length === 0 ? '' : `?${parameters.join('&')}`
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

function parseQuery(query = ''): TlsParameters {
  if (query === '') return {}
  const given = new Map<string, string>()
  for (const part of query.split('&')) {
    const [, name = '', value] = /^([^=]*)=(.*)$/.exec(part) ?? []
    if (!isTlsParameter(name)) {
      throw malformed(`its only parameters can be ${TLS_PARAMETERS.join(', ')}`)
    }
    if (given.has(name)) throw malformed(`it has ${name} twice`)
    given.set(name, decodePart(name, value))
  }
  const [sslmode, sslrootcert, sslcert, sslkey] = TLS_PARAMETERS.map((name) => given.get(name))
  const problem = findTlsProblem({ sslmode, sslrootcert, sslcert, sslkey })
  if (problem !== undefined) throw malformed(problem)
  return Object.fromEntries(given)
}

function isTlsParameter(text: string): boolean {
  return TLS_PARAMETERS.some((name) => name === text)
}

function malformed(problem: string): SecretError {
  return new SecretError(
    'malformed',
    `The database URL cannot be used: ${problem}. Expected: ${SHAPE}`,
  )
}
