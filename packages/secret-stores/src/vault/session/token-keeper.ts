import { setMaxListeners } from 'node:events'
import type { Clock, Random, SecretError } from '@rekey/secret'
import { unlessAborted } from '../../unless-aborted.ts'
import type { VaultAnswer } from '../http/vault-answer.ts'
import type { VaultConnection, VaultRequest } from '../http/vault-client.ts'
import { isVaultReason } from '../http/vault-failure.ts'
import { RetryingFlight, inBackground } from './retrying-flight.ts'
import type { AuthMethod, VaultLogin } from './auth-methods.ts'
import { renewUntilDue, type RenewedTerm, waitFor } from './renewal.ts'
import { SessionToken } from './session-token.ts'
import type { TellVault } from './vault-event.ts'

/** What {@link TokenKeeper} works with. */
export interface TokenKeeperOptions {
  readonly client: VaultConnection
  readonly auth: AuthMethod
  readonly tell: TellVault
  readonly clock: Clock
  readonly random: Random
  /** Ends all of it. */
  readonly signal: AbortSignal
}

/** What {@link TokenKeeper.withToken} is asked for. */
export interface TokenWish {
  readonly signal?: AbortSignal | undefined
  /** Not a token with which something may have been made that nobody got. */
  readonly certain?: boolean
}

/**
 * Has a token whenever one can be had: renews it, logs in anew before it ends or when Vault does not know it any more, and
 * keeps the one before for as long as leases hang on it.
 */
export class TokenKeeper {
  /** What is asked with one of them. */
  readonly calls: TokenCalls
  readonly #options: TokenKeeperOptions
  readonly #logins: RetryingFlight<SessionToken>
  readonly #retired = new Set<SessionToken>()
  #current: SessionToken | undefined

  constructor(options: TokenKeeperOptions) {
    const { auth, client, clock, random, signal, tell } = options
    this.#options = options
    this.calls = new TokenCalls(client, signal)
    this.#logins = new RetryingFlight({
      attempt: async (limit) => {
        const askedAt = clock.elapsed()
        return this.#adopt(await auth.login(client, { signal: limit, tell }), askedAt)
      },
      failed: (error, retryInMs) => {
        tell('login-failed', { path: auth.path, error, retryInMs })
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

  /** The token is gone: first its leases are told, then a new login begins. */
  bury(token: SessionToken, type: 'token-gone' | 'token-expired', error?: SecretError): void {
    if (token.isOver) return
    this.#forget(token, error)
    const { auth, tell } = this.#options
    tell(type, { path: auth.path, ...(error && { error }) })
    if (token !== this.#current) return
    this.#current = undefined
    this.#logInSomeTime()
  }

  /** A retired token on which nothing hangs any more is revoked, with all that was made with it and that nobody got. */
  sweep(token: SessionToken): void {
    if (!this.#retired.has(token) || token.leases.size > 0) return
    inBackground(this.#discard(token), this.#options.signal)
  }

  async #discard(token: SessionToken): Promise<void> {
    const { auth, clock, signal, tell } = this.#options
    await waitFor(clock, token.uncertainForMs, signal)
    if (token.isOver || token.leases.size > 0) return
    try {
      if (auth.ownsToken && !token.login.batch) {
        await this.calls.ask(token, REVOCATION)
      }
    } catch (error) {
      tell('revoke-failed', { path: auth.path, error: error as SecretError })
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
    const { auth, clock, signal, tell } = this.#options
    const before = this.#current
    const isSame = before?.value.expose() === login.token.expose()
    if (before !== undefined && isSame) before.continueWith(login, askedAt)
    const token = before !== undefined && isSame ? before : new SessionToken(clock, login, askedAt)
    this.#current = token
    tell('logged-in', { path: auth.path })
    if (login.uses < Infinity) tell('uses-limited', { path: auth.path })
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
    const { auth, clock, random, tell } = this.#options
    const { term } = token
    if (term === undefined) return
    const signal = token.beginUpkeep()
    const renew = (limit: AbortSignal) => this.calls.renew(token, limit)
    const renewed = () => {
      tell('token-renewed', { path: auth.path })
    }
    const { renewable } = token.login
    const end = await renewUntilDue({ term, renewable, renew, renewed, clock, random, signal })
    if (end.reason === 'stopped') return
    if (end.reason !== 'due') {
      this.bury(token, `token-${end.reason}`, end.error)
      return
    }
    token.isDue = true
    tell('token-due', { path: auth.path })
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

/** What a session asks Vault with one of its tokens, and about it. */
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
    const linked = linkSignals(request.signal, this.#signal)
    try {
      const { signal } = linked
      const answer = await this.#client.request({ ...request, token: token.value, signal })
      token.hasWorked = true
      return answer
    } finally {
      linked.unlink()
    }
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

  /** Not every server tells the two apart; whoever has the policy `default` may look at the own token. */
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
      return { ttlMs: auth?.leaseDurationMs ?? 0, renewable: auth?.renewable === true }
    } catch (error) {
      if (!isVaultReason(error, 'forbidden') || (await this.hasDied(token, error))) throw error
      return { ttlMs: token.term?.remainingMs ?? 0, renewable: false }
    }
  }
}

/** A signal that aborts with the first of several, until it is unlinked from them. */
interface LinkedSignal {
  readonly controller: AbortController
  readonly signal: AbortSignal
  unlink(): void
}

/** Not `AbortSignal.any`: the signals of a session live as long as the process, and must not collect dependents. */
function linkSignals(...signals: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController()
  // Any number of requests may be under way under one.
  setMaxListeners(0, controller.signal)
  const stops = signals
    .filter((signal) => signal !== undefined)
    .map((signal) => {
      const abort = () => {
        controller.abort(signal.reason)
      }
      if (signal.aborted) abort()
      signal.addEventListener('abort', abort, { once: true })
      return () => {
        signal.removeEventListener('abort', abort)
      }
    })
  const unlink = () => {
    for (const stop of stops) stop()
  }
  return { controller, signal: controller.signal, unlink }
}
