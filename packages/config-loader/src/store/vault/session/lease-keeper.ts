import { type Clock, SecretError } from '@rekey/secret'
import type { Random } from '@rekey/secret/internal'
import type { VaultRequest } from '../http/vault-client.ts'
import { isVaultReason } from '../http/vault-answer.ts'
import { inBackground, type RenewedTerm } from './renewal.ts'
import { HeldLease, type LeaseTools, type SessionToken, type VaultLease } from './session-token.ts'
import type { TokenKeeper } from './token-keeper.ts'
import type { EmitVaultEvent } from './vault-event.ts'

/** Something to be leased. */
export type LeaseRequest = Pick<VaultRequest, 'path' | 'body' | 'signal'> & {
  /** Default: GET. */
  readonly method?: VaultRequest['method']
}

/** The options of a {@link LeaseKeeper}. */
interface LeaseKeeperOptions {
  readonly tokens: TokenKeeper
  readonly emit: EmitVaultEvent
  readonly clock: Clock
  readonly random: Random
  /** Ends all of it. */
  readonly signal: AbortSignal
  /** After this time Vault has surely given up a request that we gave up. */
  readonly maxRequestMs: number
}

/** The tree of a session: its tokens, and on each the leases that were made with it. */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions

  constructor(options: LeaseKeeperOptions) {
    this.#options = options
  }

  /** Has Vault make something, once: whether a second request would make a second one is not for us to try. */
  async open(request: LeaseRequest): Promise<VaultLease> {
    const { tokens } = this.#options
    const wish = { certain: true, signal: request.signal }
    return tokens.withToken(wish, (token) => this.#mint(token, request))
  }

  async #mint(token: SessionToken, { method = 'GET', ...request }: LeaseRequest) {
    const { clock, signal, emit, tokens } = this.#options
    const { path } = request
    const askedAt = clock.elapsed()
    const answer = await tokens.calls
      .ask(token, { ...request, method, repeatable: false })
      .catch((error: unknown) => {
        if (isUncertain(error)) this.#noteUncertain(token, path, error)
        throw error
      })
    const { leaseId: id, leaseDurationMs: ttlMs = 0, renewable = false, data = {} } = answer
    if (id === undefined) {
      throw new SecretError('malformed', `${path} leases nothing: name a path that does`, { path })
    }
    if (token.isOver) {
      throw new SecretError('unreachable', `${path}: the token ended meanwhile: try again`, {
        path,
      })
    }
    const granted = { id, path, data, ttlMs, renewable, askedAt }
    const lease = new HeldLease(granted, this.#toolsFor(token))
    token.leases.add(lease)
    emit('lease-opened', { path })
    inBackground(lease.keep(renewable), signal)
    return lease
  }

  /** A lost lease ends with its token: no more leases are made with it, and it is revoked once its known leases are gone. */
  #noteUncertain(token: SessionToken, path: string, error: unknown): void {
    token.markUncertain(this.#options.maxRequestMs)
    const failure = error instanceof SecretError ? { error } : {}
    this.#options.emit('mint-uncertain', { path, ...failure })
  }

  #toolsFor(token: SessionToken): LeaseTools {
    const { tokens, emit, clock, random } = this.#options
    return {
      clock,
      random,
      emit,
      renew: (lease, signal) => this.#renew(token, lease, signal),
      check: (lease) => this.#check(token, lease),
      revoke: (lease) => this.#revoke(token, lease),
      left: (lease) => {
        token.leases.delete(lease)
        tokens.sweep(token)
      },
    }
  }

  async #renew(token: SessionToken, lease: HeldLease, signal: AbortSignal): Promise<RenewedTerm> {
    const { tokens } = this.#options
    await token.inquiry
    signal.throwIfAborted()
    const body = { lease_id: lease.id }
    const path = 'sys/leases/renew'
    try {
      const answer = await tokens.calls.ask(token, {
        method: 'POST',
        path,
        body,
        repeatable: false,
        signal,
      })
      return { ttlMs: answer.leaseDurationMs ?? 0, renewable: answer.renewable === true }
    } catch (error) {
      if (await tokens.calls.hasDied(token, error)) {
        tokens.bury(token, 'token-gone', error as SecretError)
        throw error
      }
      if (!isVaultReason(error, 'forbidden')) throw error
      return { ttlMs: lease.remainingMs, renewable: false }
    }
  }

  /** The policy `default` allows it. What cannot be found out changes nothing. */
  async #check(token: SessionToken, lease: HeldLease): Promise<void> {
    const { tokens, emit } = this.#options
    const body = { lease_id: lease.id }
    try {
      await tokens.calls.ask(token, { method: 'POST', path: 'sys/leases/lookup', body })
    } catch (error) {
      if (!(error instanceof SecretError)) throw error
      if (await tokens.calls.hasDied(token, error)) tokens.bury(token, 'token-gone', error)
      else if (error.code === 'rejected') {
        emit('lease-gone', { path: lease.path, error })
        lease.end({ reason: 'gone', error })
      }
    }
  }

  async #revoke(token: SessionToken, lease: HeldLease): Promise<void> {
    const { tokens, emit } = this.#options
    const { path } = lease
    try {
      await tokens.calls.ask(token, revocationOf(lease))
    } catch (error) {
      if (isVaultReason(error, 'forbidden')) {
        emit('revoke-failed', { path, error: error as SecretError })
        return
      }
      if (!isVaultReason(error, 'lease-gone', 'dead-token')) throw error
    }
    emit('lease-revoked', { path })
    lease.end({ reason: 'revoked' })
  }
}

/** Not `sync`: Vault then goes on trying by itself while the database is down. */
export function revocationOf(lease: HeldLease): VaultRequest {
  const body = { lease_id: lease.id }
  return { method: 'POST', path: 'sys/leases/revoke', body, repeatable: true }
}

/** Whether Vault may have done it although we do not have its answer: no whole answer, or one of a gateway. */
function isUncertain(error: unknown): boolean {
  if (!(error instanceof SecretError)) return true
  const isGateway = error.details['status'] === 502 || error.details['status'] === 504
  return isGateway || isVaultReason(error, 'cut', 'timeout', 'too-large', 'encoded', 'not-json')
}
