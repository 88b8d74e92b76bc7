import { isLoopbackName, Secret, SecretError, type SecretSpec } from '@rekey/secret'
import { createLoginSpec } from '@rekey/secret/internal/kind'

const MIN_LENGTH = 32

/** A login of MongoDB, as its connection string has it. */
export interface MongoLogin {
  readonly scheme: 'mongodb' | 'mongodb+srv'
  /** With their ports, as the string has them: `a:27017,b:27017`. */
  readonly hosts: string
  readonly user: string
  readonly password: Secret
  /** The database that has the user. */
  readonly authSource: string
  /** By names in lower case: drivers read them so. */
  readonly options: ReadonlyMap<string, string>
  /** The part after the hosts: `/shop?tls=true`. */
  readonly rest: string
}

/**
 * Declares the login of a service at MongoDB: `mongodb+srv://USER:PASSWORD@HOST/DATABASE?authSource=…`, or `mongodb://` with several hosts,
 * with a password of at least 32 characters. Its rotation makes a user with another name.
 *
 * @see https://www.mongodb.com/docs/manual/reference/connection-string/
 * @example
 * ```ts
 * const secrets = { mongo: mongoDbLogin() }
 * ```
 */
export function mongoDbLogin(): SecretSpec<string> {
  return createLoginSpec('mongodb', 'a connection string with TLS and', parseLogin)
}

/** Several hosts are no URL of the URL standard. */
const SHAPE =
  /^(mongodb(?:\+srv)?):\/\/([^:@/?#\s]*):([^:@/?#\s]*)@([^@/?#\s]+)((?:\/([^/?#\s]*))?(?:\?([^?#\s]*))?)$/

/** Options by which a driver would believe any certificate. */
const UNSAFE = ['tlsinsecure', 'tlsallowinvalidcertificates', 'tlsallowinvalidhostnames']

/** @throws {SecretError} `malformed` without any part of the text */
export function parseLogin(text: string): MongoLogin {
  const [, scheme, name = '', word = '', hosts = '', rest = '', database = '', query = ''] =
    SHAPE.exec(text) ?? []
  if (scheme !== 'mongodb' && scheme !== 'mongodb+srv') {
    throw malformed(
      'it is no connection string of MongoDB with a login',
      'store mongodb+srv://USER:PASSWORD@HOST/DATABASE?authSource=…, with %40 for @ and the like',
    )
  }
  const [user, password] = [decoded(name), decoded(word)]
  if (user === '') throw malformed('it names no user', 'add it')
  if (password.length < MIN_LENGTH) {
    throw malformed(`its password is shorter than ${MIN_LENGTH} characters`, 'make a longer one')
  }
  requireHosts(scheme, hosts)
  const options = optionsIn(query)
  const authSource = options.get('authsource') ?? (decoded(database) || 'admin')
  if (authSource === '$external') throw malformed('$external has no passwords', 'name a database')
  if (scheme === 'mongodb+srv' && !options.has('authsource')) {
    throw malformed('DNS could name another database for the user', 'write authSource=…')
  }
  requireScram(options)
  requireTls({ scheme, hosts, options })
  return {
    ...{ scheme, hosts, user, authSource, options, rest },
    password: Secret.of(password, 'password of MongoDB'),
  }
}

/** Returns the connection string of another user at the same place. */
export function withUser(login: MongoLogin, user: string, password: string): string {
  const { scheme, hosts, rest } = login
  return `${scheme}://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${hosts}${rest}`
}

const HOST = /^(?:\[[\da-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i

function requireHosts(scheme: string, hosts: string): void {
  const all = hosts.split(',')
  const isOneName = all.length === 1 && !hosts.includes(':')
  if (all.every((host) => HOST.test(host)) && (scheme === 'mongodb' || isOneName)) return
  throw malformed('its hosts are no HOST:PORT,HOST:PORT', 'by DNS (+srv) name one without a port')
}

function optionsIn(query: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>()
  for (const [key, value] of new URLSearchParams(query)) {
    const name = key.toLowerCase()
    if (options.has(name) && name !== 'readpreferencetags') {
      throw malformed('it has an option twice', 'write each once')
    }
    if (value === '') throw malformed('it has an option without a value', 'write it, or remove it')
    options.set(name, value)
  }
  return options
}

function requireScram(options: ReadonlyMap<string, string>): void {
  if ((options.get('authmechanism') ?? 'SCRAM-SHA-256') === 'SCRAM-SHA-256') return
  throw malformed('its authMechanism is not SCRAM-SHA-256', 'remove the option')
}

function requireTls({ scheme, hosts, options }: Pick<MongoLogin, 'scheme' | 'hosts' | 'options'>) {
  const asked = ['tls', 'ssl'].flatMap((name) => options.get(name) ?? [])
  const hasTls = asked.length === 0 ? scheme === 'mongodb+srv' : asked.every((at) => at === 'true')
  const names = hosts.split(',').map((host) => host.replace(/:\d+$/, ''))
  if (!hasTls && !names.every(isLoopbackName)) {
    throw malformed('the password would go over the network in clear text', 'write tls=true')
  }
  if (UNSAFE.some((name) => (options.get(name) ?? 'false') !== 'false')) {
    throw malformed('it has any certificate believed', 'remove its tlsInsecure, tlsAllowInvalid…')
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw malformed('it has a % that begins no character', 'write %25')
  }
}

function malformed(why: string, remedy: string): SecretError {
  return new SecretError('malformed', `${why}: ${remedy}`)
}
