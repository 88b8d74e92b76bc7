import { type Clock, SecretError, type SecretSource, systemClock, within } from '@rekey/secret'
import type { Random } from '@rekey/secret/internal'
import { unlessAborted } from '../../unless-aborted.ts'
import { createWatchedReads, Wakeup } from '../../watched-reads.ts'
import { vaultEmitter, type VaultEvent } from '../session/vault-event.ts'
import type { VaultSession } from '../session/vault-session.ts'
import { type DatabaseLogin, LeasedLogin, StaticLogin } from './database-logins.ts'

/** Which login of Vault's database engine is one secret. */
export interface VaultDatabaseLogin {
  /** The role's name. */
  readonly role: string
  /** A DSN without a login: `postgresql://db.example:5432/app?sslmode=verify-full`. */
  readonly url: string
  /** Where the engine is mounted. Default: `database`. */
  readonly mount?: string
  /** A static role: one user whose password Vault rotates. Default: a new user for each lease. */
  readonly static?: boolean
}

/** The options of {@link openVaultDatabaseSource}. */
export interface VaultDatabaseSourceOptions {
  /** The login at Vault; leases are bound to its token. */
  readonly session: VaultSession
  /** By the name of the secret, such as `DATABASE_FRONTEND`. */
  readonly logins: Readonly<Record<string, VaultDatabaseLogin>>
  /** Called with each event of a lease. */
  readonly onEvent?: (event: VaultEvent) => void
  /** How long giving the leases back may take at the end. Default 5,000. */
  readonly closeWithinMs?: number
  /** Default: the machine's own. */
  readonly clock?: Clock
  /** Default: `Math.random`. */
  readonly random?: Random
}

/** The operations of a source of leases beside reading. */
interface LeaseSource
  extends Required<Pick<SecretSource, 'watch' | 'released' | 'rejected'>>, AsyncDisposable {
  list(): Promise<readonly string[]>
  /** The stanzas of a Vault policy that reading these needs. */
  rightsToRead(names: readonly string[]): readonly string[]
}

/** A source of database logins. It holds leases: dispose it before its session. */
export type VaultDatabaseSource = SecretSource & LeaseSource

/**
 * Logins that Vault makes at the database, each as the one text that `postgresLogin` reads. The first read leases it; after that it
 * is kept, renewed, and replaced before it ends or when its token is gone. A version that was replaced stays valid, as
 * `previous`, until `released` reports the end of its use, or its lease is over. Nothing is requested before the first read.
 *
 * Vault's own passwords have 20 characters; give the database connection in Vault a `password_policy` of 32 or more.
 *
 * @throws {SecretError} `malformed` for a URL that is none; reads throw `missing` for a name that is not among `logins`
 *
 * @example
 * ```ts
 * await using source = await openVaultDatabaseSource({
 *   session,
 *   logins: { DATABASE_PORTAL: { role: 'portal', url: 'postgresql://db.example:5432/portal?sslmode=verify-full' } },
 * })
 * ```
 */
export function openVaultDatabaseSource(
  options: VaultDatabaseSourceOptions,
): Promise<VaultDatabaseSource> {
  return Promise.resolve(new DatabaseSource(options))
}

class DatabaseSource implements VaultDatabaseSource {
  readonly locator: string
  readonly read: VaultDatabaseSource['read']
  readonly watch: VaultDatabaseSource['watch']
  readonly #options: VaultDatabaseSourceOptions & { readonly clock: Clock }
  readonly #logins = new Map<string, DatabaseLogin>()
  readonly #wakeups = new Map<Wakeup, string>()

  constructor(options: VaultDatabaseSourceOptions) {
    const { clock = systemClock, random = Math.random } = options
    this.#options = { ...options, clock }
    this.locator = 'vault:database'
    for (const [name, login] of Object.entries(options.logins)) {
      this.#logins.set(name, this.#createLogin(name, login, clock, random))
    }
    const reads = createWatchedReads({
      clock,
      load: async (name) => this.#find(name).read(),
      wakeUp: (wakeup, name, signal) => {
        this.#wakeups.set(wakeup, name)
        signal.addEventListener('abort', () => this.#wakeups.delete(wakeup), { once: true })
      },
    })
    this.read = (name, signal) => unlessAborted(reads.read(name, signal), signal)
    this.watch = reads.watch
  }

  #createLogin(name: string, login: VaultDatabaseLogin, clock: Clock, random: Random) {
    const { session, onEvent } = this.#options
    const Login = login.static === true ? StaticLogin : LeasedLogin
    return new Login({
      name,
      path: pathOf(login),
      format: parseUrlTemplate(name, login.url),
      session,
      changed: () => {
        for (const [wakeup, watched] of this.#wakeups) if (watched === name) wakeup.notify()
      },
      emit: vaultEmitter(onEvent),
      clock,
      random,
    })
  }

  #find(name: string): DatabaseLogin {
    const login = this.#logins.get(name)
    if (login !== undefined) return login
    throw new SecretError('missing', `${name} is no database login of this source: add its role`)
  }

  async released(name: string, version: string): Promise<void> {
    await this.#logins.get(name)?.released(version)
  }

  async rejected(name: string, version: string): Promise<void> {
    await this.#logins.get(name)?.rejected(version)
  }

  list(): Promise<readonly string[]> {
    return Promise.resolve([...this.#logins.keys()])
  }

  rightsToRead(names: readonly string[]): readonly string[] {
    const wanted = Object.entries(this.#options.logins).filter(([name]) => names.includes(name))
    const reads = wanted.map(([, login]) => stanza(pathOf(login), 'read'))
    const isLeased = wanted.some(([, login]) => login.static !== true)
    return isLeased ? [...reads, stanza('sys/leases/revoke', 'update')] : reads
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { clock, closeWithinMs: limitMs = 5_000 } = this.#options
    const closing = Promise.all(Array.from(this.#logins.values(), (login) => login.close()))
    await within({ what: 'the return of leases', clock, limitMs }, (signal) =>
      unlessAborted(closing, signal),
    ).catch((error: unknown) => {
      if (!(error instanceof SecretError)) throw error
      vaultEmitter(this.#options.onEvent)('revoke-failed', { error })
    })
  }
}

function pathOf({ mount = 'database', role, static: isStatic }: VaultDatabaseLogin): string {
  return `${mount}/${isStatic === true ? 'static-creds' : 'creds'}/${encodeURIComponent(role)}`
}

function stanza(path: string, capability: string): string {
  return `path "${path}" {\n  capabilities = ["${capability}"]\n}`
}

const TEMPLATE = /^postgres(?:ql)?:\/\/(?<place>[^\s@/][^\s@]*)$/

/** Makes a DSN out of the two parts of a login. */
type FormatLogin = (data: Readonly<Record<string, unknown>>) => string

/**
 * Reads a DSN without a login, such as `postgresql://db.example:5432/app?sslmode=verify-full`, and puts logins of Vault's
 * database engine into it (`username`, `password`), percent-encoded.
 *
 * @throws {SecretError} `malformed` if it is no such URL; the result throws it if Vault gave no login
 */
function parseUrlTemplate(name: string, url: string): FormatLogin {
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
