import { type Secret, SecretError, within } from '@rekey/secret'
import { importPeer } from '@rekey/secret/internal'
import { forbiddenTo, unanswered } from '@rekey/secret/internal/kind'
import { certificateRefusal } from '@rekey/secret/trust'
import type { Document, MongoClient } from 'mongodb'
import type { MongoLogin } from '../spec/mongodb-login.ts'

/** A server of MongoDB, and how it is reached. */
export interface MongoServer {
  /** A login of the service: its hosts, and its options about their place. */
  readonly at: MongoLogin
  /** PEM of the roots of the server. Default: public ones. */
  readonly ca: string | undefined
  /** One member of it, alone. Default: whichever the driver selects. */
  readonly member?: string
}

/** Who logs in. */
export interface MongoUser {
  readonly user: string
  readonly password: Secret
  /** The database that has the user. */
  readonly authSource: string
}

/** Codes of answers that are no failures to us. */
export const CODES = { notFound: 11, unauthorized: 13, refused: 18, unknown: 59, exists: 51_003 }

const TIMEOUT_MS = 10_000
const SELECTION_MS = 5_000

/** Options of the service about the place of the server. Others may name files of its machine. */
const PLACE = ['replicaset', 'tls', 'ssl', 'loadbalanced', 'directconnection', 'srvservicename']

/**
 * Logs in for some commands.
 *
 * @throws {SecretError} `refused` for the certificate of the server, and where the driver is not installed; `unreachable` without an answer
 * in ten seconds. What the server answers is thrown as it comes
 */
export async function withMongo<T>(
  server: MongoServer,
  user: MongoUser,
  signal: AbortSignal,
  work: (client: MongoClient) => Promise<T>,
): Promise<T> {
  const driver = await loadDriver()
  const host = server.member ?? server.at.hosts
  const client = createClient(driver, server, user)
  try {
    return await within({ what: `an answer of ${host}`, limitMs: TIMEOUT_MS, signal }, async () => {
      await client.connect()
      return await work(client)
    })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof SecretError || codeOf(error) !== undefined) throw error
    const place = { host, option: 'trust of the server' }
    throw certificateRefusal(error, place) ?? noAnswer(host, 'no answer')
  } finally {
    // It takes leave of the server, which may not answer.
    client.close().catch(() => undefined)
  }
}

function createClient({ MongoClient }: Driver, server: MongoServer, user: MongoUser): MongoClient {
  const { ca, at } = server
  try {
    return new MongoClient(addressOf(server, user), {
      ...{ appName: 'rekey', maxPoolSize: 1, serverSelectionTimeoutMS: SELECTION_MS },
      ...{ connectTimeoutMS: SELECTION_MS, socketTimeoutMS: TIMEOUT_MS },
      ...(ca !== undefined && { ca }),
    })
  } catch {
    const message = `the driver refuses the login for ${at.hosts}: correct its hosts and options`
    throw new SecretError('malformed', message, { host: at.hosts })
  }
}

/** Whether a server accepts a login. @throws {SecretError} `unreachable`, `refused` if it gave no verdict */
export async function acceptsLogin(server: MongoServer, signal: AbortSignal): Promise<boolean> {
  try {
    await withMongo(server, server.at, signal, () => Promise.resolve())
    return true
  } catch (error) {
    const code = codeOf(error)
    if (code === CODES.refused) return false
    throw code === undefined ? error : noAnswer(server.at.hosts, `error ${code}`)
  }
}

/** The code of what the server answered; undefined where it did not. */
function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error && error.name === 'MongoServerError' && 'code' in error)) return
  return typeof error.code === 'number' ? error.code : undefined
}

/** Runs commands, of which some answers count as done. @returns undefined for such an answer */
export async function commandOf(
  client: MongoClient,
  database: string,
  command: Document,
  ...done: readonly number[]
): Promise<Document | undefined> {
  try {
    return await client.db(database).command(command)
  } catch (error) {
    if (done.includes(codeOf(error) ?? 0)) return undefined
    throw error
  }
}

/** Creates the error for what the server answered an administrator. */
export function refusalOf(
  error: unknown,
  { host, user, right }: { readonly host: string; readonly user: string; readonly right: string },
): unknown {
  const reason = codeOf(error)
  if (reason === undefined) return error
  const remedies = new Map([
    [CODES.refused, `check the user and the password of ${user}`],
    [CODES.unauthorized, `grant ${user} ${right}`],
  ])
  const remedy = remedies.get(reason)
  return remedy === undefined
    ? noAnswer(host, `error ${reason}`)
    : forbiddenTo({ host, reason }, remedy)
}

function addressOf({ at, member }: MongoServer, { user, password, authSource }: MongoUser): string {
  const query = new URLSearchParams({ authSource })
  for (const name of PLACE) {
    const value = at.options.get(name)
    if (value !== undefined) query.set(name, value)
  }
  if (member !== undefined) {
    query.delete('replicaset')
    query.delete('srvservicename')
    query.set('directconnection', 'true')
    // By DNS it is the default.
    if (at.scheme === 'mongodb+srv' && !query.has('ssl')) query.set('tls', 'true')
  }
  const scheme = member === undefined ? at.scheme : 'mongodb'
  const login = [user, password.expose()].map(encodeURIComponent).join(':')
  return `${scheme}://${login}@${member ?? at.hosts}/?${query.toString()}`
}

function noAnswer(host: string, reason: string): SecretError {
  return unanswered({ host, reason }, 'check its address, its certificate and that it is up')
}

type Driver = Awaited<ReturnType<typeof loadDriver>>

function loadDriver() {
  const peer = {
    url: import.meta.url,
    of: '@rekey/mongodb',
    name: 'mongodb',
    need: 'the rotation at MongoDB',
  }
  return importPeer(peer, () => import('mongodb'))
}
