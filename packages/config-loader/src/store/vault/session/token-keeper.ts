import type { Clock, SecretError } from '@rekey/secret'
import type { Random } from '@rekey/secret/internal'
import { unlessAborted } from '../../unless-aborted.ts'
import { isVaultReason, type VaultAnswer, type VaultLogin } from '../http/vault-answer.ts'
import type { VaultConnection, VaultRequest } from '../http/vault-client.ts'
import type { AuthMethod } from './auth-methods.ts'
import {
  inBackground,
  type RenewedTerm,
  renewUntilDue,
  RetryingFlight,
  waitFor,
} from './renewal.ts'
import { SessionToken } from './session-token.ts'
import type { EmitVaultEvent } from './vault-event.ts'

/** The options of a {@link TokenKeeper}. */
export interface TokenKeeperOptions {
  readonly client: VaultConnection
  readonly auth: AuthMethod
  readonly emit: EmitVaultEvent
  readonly clock: Clock
  readonly random: Random
  /** Ends all of it. */
  readonly signal: AbortSignal
}

/** The options of {@link TokenKeeper.withToken}. */
export interface TokenWish {
  readonly signal?: AbortSignal | undefined
  /** Excludes a token with which a lease may have been made whose answer was lost. */
  readonly certain?: boolean
}

/**
 * Keeps a valid token: renews it, logs in before it ends or when Vault no longer knows it, and keeps the one before while leases
 * depend on it.
 */
export class TokenKeeper {
  /** The requests that are made with one of them. */
  readonly calls: TokenCalls
  readonly #options: TokenKeeperOptions
  readonly #logins: RetryingFlight<SessionToken>
  readonly #retired = new Set<SessionToken>()
  #current: SessionToken | undefined

  constructor(options: TokenKeeperOptions) {
    const { auth, client, clock, random, signal, emit } = options
    this.#options = options
    this.calls = new TokenCalls(client, signal)
    this.#logins = new RetryingFlight({
      attempt: async (limit) => {
        const askedAt = clock.elapsed()
        return this.#adopt(await auth.login(client, { signal: limit, emit }), askedAt)
      },
      failed: (error, retryInMs) => {
        emit('login-failed', { path: auth.path, error, retryInMs })
      },
      clock,
      random,
      signal,
    })
  }

  /** The one in use, and those before it that are still needed. */
  get tokens(): SessionToken[] {
    return [this.#current, ...this.#retired].filter((token) => token !== undefined)
  }

  /** The first login; goes on by itself if it fails. @throws {SecretError} of the first attempt */
  async start(): Promise<void> {
    try {
      await this.#logins.run()
    } catch (error) {
      this.#logInSomeTime()
      throw error
    }
  }

  /** Works with a token, and once more with the next one if Vault did not know the first any more. */
  async withToken<T>(wish: TokenWish, work: (token: SessionToken) => Promise<T>): Promise<T> {
    const token = await this.#use(wish)
    try {
      return await work(token)
    } catch (error) {
      if (!(await this.calls.hasDied(token, error))) throw error
      this.bury(token, 'token-gone', error as SecretError)
      return work(await this.#use(wish))
    }
  }

  /** Ends a token that is gone: first its leases end, then a new login begins. */
  bury(token: SessionToken, type: 'token-gone' | 'token-expired', error?: SecretError): void {
    if (token.isOver) return
    this.#forget(token, error)
    const { auth, emit } = this.#options
    emit(type, { path: auth.path, ...(error && { error }) })
    if (token !== this.#current) return
    this.#current = undefined
    this.#logInSomeTime()
  }

  /** Revokes a retired token on which no known lease depends, with the leases whose answers were lost. */
  sweep(token: SessionToken): void {
    if (!this.#retired.has(token) || token.leases.size > 0) return
    inBackground(this.#discard(token), this.#options.signal)
  }

  async #discard(token: SessionToken): Promise<void> {
    const { auth, clock, signal, emit } = this.#options
    await waitFor(clock, token.uncertainForMs, signal)
    if (token.isOver || token.leases.size > 0) return
    try {
      if (auth.ownsToken && !token.login.batch) {
        await this.calls.ask(token, REVOCATION)
      }
    } catch (error) {
      emit('revoke-failed', { path: auth.path, error: error as SecretError })
    }
    this.#forget(token)
  }

  #forget(token: SessionToken, error?: SecretError): void {
    this.#retired.delete(token)
    token.bury(error)
  }

  #logInSomeTime(): void {
    inBackground(this.#logins.persist(), this.#options.signal)
  }

  async #use({ signal, certain = false }: TokenWish): Promise<SessionToken> {
    this.#options.signal.throwIfAborted()
    const token = this.#current
    if (token !== undefined && !token.isUsable) {
      this.bury(token, token.hasExpired ? 'token-expired' : 'token-gone')
    }
    const isDoubtful = certain && this.#options.auth.ownsToken && token?.isUncertain === true
    if (this.#current !== undefined && !isDoubtful) return this.#current
    return unlessAborted(this.#logins.run(), signal)
  }

  #adopt(login: VaultLogin, askedAt: number): SessionToken {
    const { auth, clock, signal, emit } = this.#options
    const before = this.#current
    const isSame = before?.value.expose() === login.token.expose()
    if (before !== undefined && isSame) before.continueWith(login, askedAt)
    const token = before !== undefined && isSame ? before : new SessionToken(clock, login, askedAt)
    this.#current = token
    emit('logged-in', { path: auth.path })
    if (login.uses < Infinity) emit('uses-limited', { path: auth.path })
    inBackground(this.#keep(token), signal)
    if (before !== undefined && !isSame) this.#retire(before)
    return token
  }

  #retire(token: SessionToken): void {
    this.#retired.add(token)
    if (token.isDue) token.endLeases({ reason: 'due' })
    this.sweep(token)
  }

  /** Renews a token until it is due, has it replaced, and waits for its end. */
  async #keep(token: SessionToken): Promise<void> {
    const { auth, clock, random, emit } = this.#options
    const { term } = token
    if (term === undefined) return
    const signal = token.beginUpkeep()
    const renew = (limit: AbortSignal) => this.calls.renew(token, limit)
    const renewed = () => {
      emit('token-renewed', { path: auth.path })
    }
    const { renewable } = token.login
    const end = await renewUntilDue({ term, renewable, renew, renewed, clock, random, signal })
    if (end.reason === 'stopped') return
    if (end.reason !== 'due') {
      this.bury(token, `token-${end.reason}`, end.error)
      return
    }
    token.isDue = true
    emit('token-due', { path: auth.path })
    if (token === this.#current) this.#logInSomeTime()
    else token.endLeases({ reason: 'due' })
    await term.run(signal).then(
      () => {
        this.bury(token, 'token-expired')
      },
      (error: unknown) => {
        if (!signal.aborted) throw error
      },
    )
  }
}

/** Ends a token and all that was made with it. */
export const REVOCATION: VaultRequest = {
  method: 'POST',
  path: 'auth/token/revoke-self',
  repeatable: true,
}

/** The requests of a session with one of its tokens, and about it. */
export class TokenCalls {
  readonly #client: VaultConnection
  readonly #signal: AbortSignal

  /** @param signal ends all that is under way */
  constructor(client: VaultConnection, signal: AbortSignal) {
    this.#client = client
    this.#signal = signal
  }

  /** Asks Vault with exactly this token. */
  async ask(token: SessionToken, request: VaultRequest): Promise<VaultAnswer> {
    token.countUse()
    return underSignals([request.signal, this.#signal], async (signal) => {
      const answer = await this.#client.request({ ...request, token: token.value, signal })
      token.hasWorked = true
      return answer
    })
  }

  /** Whether a failure means that Vault does not know the token any more. A refusal alone can also be a lack of rights. */
  async hasDied(token: SessionToken, error: unknown): Promise<boolean> {
    if (isVaultReason(error, 'dead-token')) return true
    if (!isVaultReason(error, 'forbidden')) return false
    if (token.isOver || !token.hasWorked) return token.isOver
    token.inquiry ??= this.#inquire(token).finally(() => {
      token.inquiry = undefined
    })
    return token.inquiry
  }

  /** Not every server distinguishes the two; the policy `default` allows a token to look itself up. */
  async #inquire(token: SessionToken): Promise<boolean> {
    try {
      await this.ask(token, { method: 'GET', path: 'auth/token/lookup-self' })
      return false
    } catch (error) {
      const mayLook = token.login.policies.includes('default')
      return isVaultReason(error, 'dead-token') || (mayLook && isVaultReason(error, 'forbidden'))
    }
  }

  /** One renewal, for `renewUntilDue`. A token that may not renew itself is kept for as long as it lasts. */
  async renew(token: SessionToken, signal: AbortSignal): Promise<RenewedTerm> {
    const path = 'auth/token/renew-self'
    try {
      const { auth } = await this.ask(token, { method: 'POST', path, repeatable: false, signal })
      return { ttlMs: auth?.ttlMs ?? 0, renewable: auth?.renewable === true }
    } catch (error) {
      if (!isVaultReason(error, 'forbidden') || (await this.hasDied(token, error))) throw error
      return { ttlMs: token.term?.remainingMs ?? 0, renewable: false }
    }
  }
}

/** Shared, because making the default reason of an abort is expensive. */
const ENDED = new Error('the request has ended')

/**
 * Does work under the first of several signals. Not `AbortSignal.any`: the signals of a session live as long as the process,
 * and must not collect dependents.
 */
async function underSignals<T>(
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const either = new AbortController()
  const ended = new AbortController()
  for (const signal of signals) {
    const abort = () => {
      either.abort(signal?.reason)
    }
    if (signal?.aborted === true) abort()
    signal?.addEventListener('abort', abort, { once: true, signal: ended.signal })
  }
  try {
    return await work(either.signal)
  } finally {
    ended.abort(ENDED)
  }
}
