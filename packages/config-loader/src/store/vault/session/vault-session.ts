import { setMaxListeners } from 'node:events'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { jitteredMs, type Random, startDeadline } from '@rekey/secret/internal'
import type { VaultConnection } from '../http/vault-client.ts'
import type { AuthMethod } from './auth-methods.ts'
import { LeaseKeeper, type LeaseRequest, revocationOf } from './lease-keeper.ts'
import type { SessionToken, VaultLease } from './session-token.ts'
import { REVOCATION, TokenKeeper } from './token-keeper.ts'
import { type EmitVaultEvent, vaultEmitter, type VaultEvent } from './vault-event.ts'

/** Options of {@link openVaultSession}. */
export interface VaultSessionOptions {
  /** Its namespace is that of the login, of renewals and of revocations. */
  readonly client: VaultConnection
  /** How the session logs in. */
  readonly auth: AuthMethod
  /** Called with each event of the login and its renewals. */
  readonly onEvent?: (event: VaultEvent) => void
  /** The first login comes after a random part of this, so that a fleet that starts does not log in at once. Default 1,000. */
  readonly startJitterMs?: number
  /** How long {@link VaultSession.close} may take. Default 5,000. */
  readonly closeWithinMs?: number
  /** After this Vault has ended any request. Default 90,000 (`default_max_request_duration` of Vault). */
  readonly maxRequestMs?: number
  /** Default: the machine's own. */
  readonly clock?: Clock
  /** Default: `Math.random`. */
  readonly random?: Random
}

/** A connection to Vault that is logged in, and the leases that were made through it. */
export interface VaultSession extends VaultConnection, AsyncDisposable {
  /**
   * Has Vault make something that it leases, such as `database/creds/ROLE`, and keeps it alive. It is asked for once; if
   * it is unknown whether it was made, the next lease is made with another token and this one's is revoked with all that
   * hangs on it, as soon as nothing of it is in use.
   *
   * @throws {SecretError}
   */
  openLease(request: LeaseRequest): Promise<VaultLease>
  /** Ends what is under way, revokes the leases and then the token if it is our own. A failure is emitted as an event. */
  close(): Promise<void>
}

/**
 * Logs in and stays logged in: the token is renewed by the rules of Vault's `LifetimeWatcher`, replaced by a new login before
 * it ends, and, if Vault does not know it any more, by one login for all who wait, after which their requests are repeated
 * once. After a failed login 1 s to 5 min pass until the next.
 *
 * @throws {SecretError} if the first login is refused or its credentials cannot be read; not if Vault is `unreachable`, which
 * the requests throw until it is back
 *
 * @example
 * ```ts
 * await using session = await openVaultSession({ client, auth: tokenAuth({ token: key }) })
 * ```
 */
export async function openVaultSession(options: VaultSessionOptions): Promise<VaultSession> {
  const { clock = systemClock, random = Math.random, startJitterMs = 1_000 } = options
  const session = new Session({ ...options, clock, random })
  if (startJitterMs > 0) {
    await clock.sleep(jitteredMs(startJitterMs, 1, random), session.signal, { keepAlive: true })
  }
  try {
    await session.tokens.start()
  } catch (error) {
    if (error instanceof SecretError && error.code === 'unreachable') return session
    await session.close()
    throw error
  }
  return session
}

class Session implements VaultSession {
  readonly address: string
  readonly tokens: TokenKeeper
  readonly #leases: LeaseKeeper
  readonly #options: VaultSessionOptions & { readonly clock: Clock }
  readonly #emit: EmitVaultEvent
  readonly #stop = new AbortController()
  #closing: Promise<void> | undefined

  constructor(options: VaultSessionOptions & { readonly clock: Clock; readonly random: Random }) {
    const { client, auth, clock, random, maxRequestMs = 90_000 } = options
    const { signal } = this.#stop
    // Every request listens to it while it is under way.
    setMaxListeners(0, signal)
    const emit = vaultEmitter(options.onEvent)
    this.#options = options
    this.#emit = emit
    this.address = client.address
    this.tokens = new TokenKeeper({ client, auth, emit, clock, random, signal })
    this.#leases = new LeaseKeeper({
      tokens: this.tokens,
      emit,
      clock,
      random,
      signal,
      maxRequestMs,
    })
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  request: VaultConnection['request'] = async (request) => {
    if (request.token !== undefined) return this.#options.client.request(request)
    return this.tokens.withToken({ signal: request.signal }, (token) =>
      this.tokens.calls.ask(token, request),
    )
  }

  openLease(request: LeaseRequest): Promise<VaultLease> {
    return this.#leases.open(request)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const { clock, closeWithinMs: limitMs = 5_000 } = this.#options
    const { tokens } = this.tokens
    this.#stop.abort(new SecretError('disposed', 'the Vault session was closed'))
    const limit = startDeadline({ what: 'the end of the Vault session', clock, limitMs })
    await Promise.all(tokens.map((token) => this.#endToken(token, limit.signal)))
    limit.end()
  }

  async #endToken(token: SessionToken, signal: AbortSignal): Promise<void> {
    const { auth } = this.#options
    token.endUpkeep()
    const leases = [...token.leases]
    const ask = (request: Parameters<VaultConnection['request']>[0]) =>
      this.#options.client.request({ ...request, token: token.value, signal })
    await Promise.all(
      leases.map(async (lease) => {
        await this.#emitFailure(lease.path, () => ask(revocationOf(lease)))
        lease.end({ reason: 'revoked' })
      }),
    )
    if (!auth.ownsToken || token.login.batch) return
    await this.#emitFailure(auth.path, () => ask(REVOCATION))
  }

  async #emitFailure(path: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof SecretError)) throw error
      this.#emit('revoke-failed', { path, error })
    }
  }
}
