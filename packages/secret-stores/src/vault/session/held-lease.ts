import type { Clock, Random, SecretError } from '@rekey/secret'
import { renewUntilDue, LeaseTerm, type RenewedTerm } from './renewal.ts'
import type { TellVault } from './vault-event.ts'

/**
 * Why a lease must be replaced.
 *
 * - `due`: it cannot be renewed (again); what was leased is valid until `expiresAt`
 * - `gone`: Vault refused to renew it
 * - `expired`: it has run out
 * - `parent-died`: the token that made it is gone, and all its leases with it
 * - `revoked`: by its owner
 */
export interface LeaseEnd {
  readonly reason: 'due' | 'gone' | 'expired' | 'parent-died' | 'revoked'
  readonly error?: SecretError
}

/** Something that Vault leased, kept alive for as long as Vault allows. */
export interface VaultLease {
  /** The path that made it. */
  readonly path: string
  /** The leased data. A renewal does not change it. */
  readonly data: Readonly<Record<string, unknown>>
  /** Moves with each renewal. */
  readonly expiresAt: Date
  /** Whether what was leased is not valid any more. */
  readonly isOver: boolean
  /** Resolves when it must be replaced; `due` long before it is over. */
  readonly ended: Promise<LeaseEnd>
  /** Calls `listener` after each renewal, and when it is over. */
  onChange(listener: () => void): void
  /** Asks Vault whether it is still there, for when what was leased does not work; if not, it is over afterwards. */
  check(): Promise<void>
  /**
   * Revokes it. If the token has no right to that, it runs out by itself, and the event `revoke-failed` is emitted.
   *
   * @throws {SecretError} `unreachable`
   */
  revoke(): Promise<void>
}

/** A lease as Vault granted it. */
export interface GrantedLease extends RenewedTerm {
  readonly id: string
  readonly path: string
  readonly data: Readonly<Record<string, unknown>>
  /** When it was asked for (`Clock.elapsed`). */
  readonly askedAt: number
}

/** The operations that a lease needs from its session. */
export interface LeaseTools {
  readonly clock: Clock
  readonly random: Random
  readonly tell: TellVault
  renew(lease: HeldLease, signal: AbortSignal): Promise<RenewedTerm>
  check(lease: HeldLease): Promise<void>
  /** Throws if Vault could not be asked. */
  revoke(lease: HeldLease): Promise<void>
  /** Called once it is over. */
  left(lease: HeldLease): void
}

/** A lease as its session keeps it. */
export class HeldLease implements VaultLease {
  readonly id: string
  readonly path: string
  readonly data: Readonly<Record<string, unknown>>
  readonly ended: Promise<LeaseEnd>
  readonly #term: LeaseTerm
  readonly #tools: LeaseTools
  readonly #renewing = new AbortController()
  readonly #stop = new AbortController()
  readonly #listeners = new Set<() => void>()
  #resolve!: (end: LeaseEnd) => void
  #isOver = false

  constructor(granted: GrantedLease, tools: LeaseTools) {
    this.id = granted.id
    this.path = granted.path
    this.data = granted.data
    this.#tools = tools
    this.#term = new LeaseTerm(tools.clock, granted.ttlMs, granted.askedAt)
    this.ended = new Promise((resolve) => (this.#resolve = resolve))
  }

  get remainingMs(): number {
    return this.#term.remainingMs
  }
  get expiresAt(): Date {
    return this.#term.expiresAt
  }
  get isOver(): boolean {
    return this.#isOver
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Renews it until it must be replaced, and waits until it is over. */
  async keep(renewable: boolean): Promise<void> {
    const { clock, random, tell } = this.#tools
    const { reason, error } = await renewUntilDue({
      term: this.#term,
      renewable,
      renew: (limit) => this.#tools.renew(this, limit),
      renewed: () => {
        tell('lease-renewed', { path: this.path })
        this.#notify()
      },
      clock,
      random,
      signal: this.#renewing.signal,
    })
    if (reason !== 'stopped') {
      tell(`lease-${reason}`, { path: this.path, ...(error && { error }) })
      this.end({ reason, ...(error && { error }) })
    }
    if (!this.#isOver) await this.#runOut()
  }

  async #runOut(): Promise<void> {
    const { signal } = this.#stop
    await this.#term.run(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
    this.end({ reason: 'expired' })
  }

  /** The first end resolves `ended`; any but `due` means that it is over. */
  end(end: LeaseEnd): void {
    this.#resolve(end)
    if (end.reason === 'due' || this.#isOver) return
    this.#isOver = true
    this.#renewing.abort()
    this.#stop.abort()
    this.#tools.left(this)
    this.#notify()
  }

  async check(): Promise<void> {
    if (!this.#isOver) await this.#tools.check(this)
  }

  async revoke(): Promise<void> {
    this.#renewing.abort()
    if (!this.#isOver) await this.#tools.revoke(this)
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}
