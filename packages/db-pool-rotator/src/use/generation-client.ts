import { promisify } from 'node:util'
import { SecretError, type SecretVersion } from '@rekey/secret'
import type pg from 'pg'
import { clientConfigFor } from '../connection/client-config.ts'
import { codeOf, isLoginError } from '../spec/database-error.ts'
import type { DatabaseCredentials } from '../spec/database-url.ts'
import { endClient } from '../connection/end-client.ts'
import type { Report } from './pool-events.ts'
import type { ClientConstructor } from './pool-internals.ts'
import { type Identity, IDENTITY_QUERY, requireOwner } from '../spec/prove-login.ts'

/** Credentials of a connection. */
interface Login {
  readonly version: SecretVersion<DatabaseCredentials>
  readonly role: OwnerRole
  readonly report: Report
}

/** The role that every session of a pool must act as: the one of the options, else the first that is not the login itself. */
export class OwnerRole {
  #name: string | undefined

  constructor(name: string | undefined) {
    this.#name = name
  }

  /** @throws {SecretError} `refused` the session acts as another role; `unreachable` the server sent no row */
  check(identity: Identity | undefined): void {
    const { currentUser, sessionUser } = requireOwner(identity, this.#name)
    if (currentUser !== sessionUser) this.#name ??= currentUser
  }
}

type ConnectCallback = (error: Error | null, client?: pg.Client) => void

/** A connection of one version, which can log in before a pool takes it. */
export interface GenerationClient extends pg.Client {
  /** The version that it logs in with. */
  readonly generation: string
  /** Logs in and reports nothing; the next `connect()` then answers at once. */
  logInAhead(): Promise<void>
}

/** The class of such connections. */
export type GenerationClientConstructor = new (
  config: pg.ClientConfig | undefined,
  login: Login,
) => GenerationClient

/**
 * Derives a connection class that takes user and password together, at construction, and counts as connected only once the
 * server has answered whom the session acts as.
 */
export function bindClient(Base: ClientConstructor): GenerationClientConstructor {
  return class extends Base implements GenerationClient {
    readonly generation: string
    readonly #login: Login
    readonly #config: LoginConfig
    #ahead: Promise<void> | undefined

    constructor(config: pg.ClientConfig | undefined, login: Login) {
      const own = configOf(login, config)
      super(own)
      this.#config = own
      this.#login = login
      this.generation = login.version.version
      // A connection that is cut while checked out has no other listener, and the event would end the process.
      this.on('error', () => undefined)
    }

    async logInAhead(): Promise<void> {
      this.#ahead = this.#logIn()
      await this.#ahead
    }

    override connect(): Promise<pg.Client>
    override connect(callback: ConnectCallback): void
    override connect(callback?: ConnectCallback): Promise<pg.Client> | undefined {
      const connected = enter(this.#ahead ?? this.#logIn(), this.#login).then(() => this)
      if (callback === undefined) return connected
      connected.then(() => {
        callback(null, this)
      }, callback)
      return undefined
    }

    #logIn(): Promise<void> {
      // As `pg-pool` itself does: a client class of the application may take callbacks only.
      const connect = promisify((done: (error: Error | null) => void) => {
        super.connect(done)
      })
      return logIn(this, connect, { ...this.#login, ...this.#config })
    }
  }
}

/** Connects, and closes again unless the session acts as it should. */
async function logIn(
  client: pg.Client,
  connect: () => Promise<unknown>,
  { version, role, report, problem, connectionTimeoutMillis }: Login & LoginConfig,
): Promise<void> {
  try {
    if (problem !== undefined) throw problem
    await connect()
    const ask = { text: IDENTITY_QUERY, query_timeout: connectionTimeoutMillis }
    role.check((await client.query<Identity>(ask)).rows[0])
    client.once('error', (error) => {
      report({ type: 'lost', version: version.version, reason: codeOf(error) ?? 'cut' })
    })
  } catch (error) {
    await endClient(client)
    throw error
  } finally {
    forgetPassword(client)
  }
}

/** Reports the outcome of a login for the pool, before the pool makes the next connection, which may be refused too. */
async function enter(loggedIn: Promise<void>, { version, report }: Login): Promise<void> {
  try {
    await loggedIn
    report({ type: 'entered', version: version.version })
  } catch (error) {
    if (isLoginError(error)) report({ type: 'refused', version: version.version })
    if (error instanceof SecretError) {
      report({ type: 'rejected', version: version.version, error })
    }
    throw error
  }
}

type LoginConfig = pg.ClientConfig & { readonly problem?: SecretError }

/** A pool makes connections where nothing can catch, so a file that cannot be used is reported by the login. */
function configOf({ version }: Login, config: pg.ClientConfig | undefined): LoginConfig {
  try {
    return clientConfigFor(version.value.expose(), config)
  } catch (error) {
    if (error instanceof SecretError) return { problem: error }
    throw error
  }
}

/** A connected client needs it no more, and `pg-pool` hands the client around inside the errors of its `error` event. */
function forgetPassword(client: pg.Client): void {
  const { connectionParameters } = client as unknown as { connectionParameters: object }
  Object.assign(client, { password: null })
  Object.assign(connectionParameters, { password: null })
}
