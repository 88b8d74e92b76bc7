import { promisify } from 'node:util'
import { SecretError, type SecretVersion } from '@rekey/secret'
import type pg from 'pg'
import { codeOf, isLoginError } from './database-error.ts'
import type { DatabaseCredentials } from './database-url.ts'
import type { ClientConstructor } from './pool-internals.ts'
import { type Identity, IDENTITY_QUERY, toClientConfig } from './prove-login.ts'

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
    readonly #version: Version
    #warm: Promise<pg.Client> | undefined

    constructor(config?: pg.ClientConfig) {
      const version = hooks.active()
      super({ ...config, ...toClientConfig(version.value.expose()) })
      this.#version = version
      hooks.made(this, version)
      onFirstError(this, (reason) => {
        hooks.lost(version, reason)
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
      await logIn(this, connect, { ...hooks, version: this.#version })
      return this
    }
  }
}

/** Connects, and closes again unless the session acts as it should. */
async function logIn(
  client: pg.Client,
  connect: () => Promise<unknown>,
  { version, ...hooks }: ClientHooks & { readonly version: Version },
): Promise<void> {
  try {
    await connect()
    const { rows } = await client.query<Identity>(IDENTITY_QUERY)
    hooks.checked(rows[0], version)
    forgetPassword(client)
  } catch (error) {
    forgetPassword(client)
    if (isLoginError(error)) hooks.refused()
    if (error instanceof SecretError) hooks.mistaken(version, error)
    await client.end()
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
