import { promisify } from 'node:util'
import { SecretError, type SecretVersion } from '@rekey/secret'
import type pg from 'pg'
import { clientConfigFor, CONNECT_TIMEOUT_MS } from './connection/client-config.ts'
import { codeOf, isLoginError } from './database-error.ts'
import type { DatabaseCredentials } from './database-url.ts'
import { endClient } from './end-client.ts'
import type { ClientConstructor } from './pool-internals.ts'
import { type Identity, IDENTITY_QUERY } from './prove-login.ts'

type Version = SecretVersion<DatabaseCredentials>

/** What a pool lends to its connections. */
export interface ClientHooks {
  /** The version that a new connection logs in with. */
  active(): Version
  /** Told at construction, before anything is sent. */
  made(client: pg.Client, version: Version): void
  /** Told once logged in. Throws if the session acts as the wrong role. */
  checked(identity: Identity | undefined, version: Version): void
  /** The session acts as the wrong role, and is closed. */
  mistaken(version: Version, error: SecretError): void
  /** The server refused the login. */
  refused(): void
  lost(version: Version, reason: string): void
}

type ConnectCallback = (error: Error | null, client?: pg.Client) => void

/** A connection of one version, which can log in before a pool takes it. */
export interface GenerationClient extends pg.Client {
  /** Logs in; the next `connect()` then answers at once. */
  warmUp(): Promise<void>
}

/** The class of such connections. */
export type GenerationClientConstructor = new (config?: pg.ClientConfig) => GenerationClient

/**
 * A connection class that takes its user and password together, at construction, from the version that is active then,
 * and counts as connected only once the server has said whom it acts as.
 */
export function bindClient(
  Base: ClientConstructor,
  hooks: ClientHooks,
): GenerationClientConstructor {
  return class extends Base implements GenerationClient {
    readonly #target: Target
    #warm: Promise<pg.Client> | undefined

    constructor(config?: pg.ClientConfig) {
      const { config: own, ...target } = targetOf(hooks.active(), config)
      super(own)
      this.#target = target
      hooks.made(this, target.version)
      onFirstError(this, (reason) => {
        hooks.lost(target.version, reason)
      })
    }

    async warmUp(): Promise<void> {
      this.#warm = this.#logIn()
      await this.#warm
    }

    override connect(): Promise<pg.Client>
    override connect(callback: ConnectCallback): void
    override connect(callback?: ConnectCallback): Promise<pg.Client> | undefined {
      const connected = this.#warm ?? this.#logIn()
      this.#warm = undefined
      if (callback === undefined) return connected
      connected.then(() => {
        callback(null, this)
      }, callback)
      return undefined
    }

    async #logIn(): Promise<pg.Client> {
      // As `pg-pool` itself does: a client class of somebody else may know callbacks only.
      const connect = promisify((done: (error: Error | null) => void) => {
        super.connect(done)
      })
      await logIn(this, connect, { ...hooks, ...this.#target })
      return this
    }
  }
}

/** What a connection logs in with. */
interface Target {
  readonly version: Version
  /** A file of its parameters cannot be used. */
  readonly problem?: SecretError
}

/** A pool makes connections where nothing can catch, so what is wrong with their files is kept for the login. */
function targetOf(
  version: Version,
  config: pg.ClientConfig | undefined,
): Target & { readonly config: pg.ClientConfig } {
  try {
    return { version, config: clientConfigFor(version.value.expose(), config) }
  } catch (error) {
    if (error instanceof SecretError) return { version, config: {}, problem: error }
    throw error
  }
}

/** Connects, and closes again unless the session acts as it should. */
async function logIn(
  client: pg.Client,
  connect: () => Promise<unknown>,
  { version, problem, ...hooks }: ClientHooks & Target,
): Promise<void> {
  try {
    if (problem !== undefined) throw problem
    await connect()
    const ask = { text: IDENTITY_QUERY, query_timeout: CONNECT_TIMEOUT_MS }
    const { rows } = await client.query<Identity>(ask)
    hooks.checked(rows[0], version)
    forgetPassword(client)
  } catch (error) {
    forgetPassword(client)
    if (isLoginError(error)) hooks.refused()
    if (error instanceof SecretError) hooks.mistaken(version, error)
    await endClient(client)
    throw error
  }
}

/** A connected client needs it no more, and `pg-pool` hands the client around inside the errors of its `error` event. */
function forgetPassword(client: pg.Client): void {
  const { connectionParameters } = client as unknown as { connectionParameters: object }
  Object.assign(client, { password: null })
  Object.assign(connectionParameters, { password: null })
}

/** A connection that is cut while checked out has no other listener, and the event would end the process. */
function onFirstError(client: pg.Client, tell: (reason: string) => void): void {
  let isTold = false
  client.on('error', (error) => {
    if (!isTold) tell(codeOf(error) ?? 'cut')
    isTold = true
  })
}
