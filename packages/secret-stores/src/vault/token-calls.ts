import type { RenewedTerm } from './keep-term.ts'
import { linkSignals } from './link-signals.ts'
import type { SessionToken } from './session-token.ts'
import type { VaultAnswer, VaultConnection, VaultRequest } from './vault-connection.ts'
import { isVaultReason } from './vault-failure.ts'

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

  /** One renewal, for `keepTerm`. A token that may not renew itself is kept for as long as it lasts. */
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
