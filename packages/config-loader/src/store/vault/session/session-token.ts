import type { Clock, Secret, SecretError } from '@rekey/secret'
import type { Random } from '@rekey/secret/internal'
import type { VaultLogin } from '../http/vault-answer.ts'
import { LeaseTerm, type RenewedTerm, renewUntilDue } from './renewal.ts'
import type { EmitVaultEvent } from './vault-event.ts'

/** A token of a session, and the leases that were made with it and end with it. */
export class SessionToken {
  readonly leases = new Set<HeldLease>()
  readonly #clock: Clock
  #login: VaultLogin
  /** Absent for a token that does not expire. */
  #term: LeaseTerm | undefined
  #upkeep = new AbortController()
  #usesLeft: number
  #uncertainUntil = -Infinity
  /** It cannot be renewed any more. */
  isDue = false
  /** Vault does not know it any more. */
  isOver = false
  /** Vault accepted it at least once. */
  hasWorked = false
  /** Whether it is alive is being asked. */
  inquiry: Promise<boolean> | undefined

  constructor(clock: Clock, login: VaultLogin, askedAt: number) {
    this.#clock = clock
    this.#login = login
    this.#usesLeft = login.uses
    this.#term = termOf(clock, login, askedAt)
  }

  get value(): Secret {
    return this.#login.token
  }
  get login(): VaultLogin {
    return this.#login
  }
  get term(): LeaseTerm | undefined {
    return this.#term
  }
  get isUsable(): boolean {
    return !this.isOver && this.#usesLeft > 0 && !this.hasExpired
  }
  /** True also before an upkeep notices it, as after a suspension of the machine. */
  get hasExpired(): boolean {
    return this.#term !== undefined && this.#term.remainingMs <= 0
  }
  /** Whether a lease may have been made with it whose answer was lost. */
  get isUncertain(): boolean {
    return this.#uncertainUntil > -Infinity
  }
  /** For how long a request that was given up may still be under way. */
  get uncertainForMs(): number {
    return Math.max(this.#uncertainUntil - this.#clock.elapsed(), 0)
  }

  countUse(): void {
    this.#usesLeft -= 1
  }

  /** A request with it was given up; Vault ends it within `forMs` at the latest. */
  markUncertain(forMs: number): void {
    this.#uncertainUntil = this.#clock.elapsed() + forMs
  }

  /** Another login gave the same token. */
  continueWith(login: VaultLogin, askedAt: number): void {
    this.#login = login
    this.#term = termOf(this.#clock, login, askedAt)
    this.#usesLeft = login.uses
    this.isDue = false
  }

  /** The signal of the one upkeep that it has; an earlier one ends. */
  beginUpkeep(): AbortSignal {
    this.endUpkeep()
    this.#upkeep = new AbortController()
    return this.#upkeep.signal
  }

  endUpkeep(): void {
    this.#upkeep.abort()
  }

  /** Marks it as unknown to Vault, and with it its leases, which end first. */
  bury(error?: SecretError): void {
    this.isOver = true
    this.endUpkeep()
    this.endLeases({ reason: 'parent-died', ...(error && { error }) })
  }

  endLeases(end: LeaseEnd): void {
    for (const lease of [...this.leases]) lease.end(end)
  }
}

function termOf(clock: Clock, { ttlMs }: VaultLogin, askedAt: number): LeaseTerm | undefined {
  return ttlMs > 0 ? new LeaseTerm(clock, ttlMs, askedAt) : undefined
}

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
  /** Looks the lease up after a refusal; ends it when Vault no longer has it. */
  check(): Promise<void>
  /**
   * Revokes it. If the token has no right to that, it runs out by itself, and the event `revoke-failed` is emitted.
   *
   * @throws {SecretError} `unreachable`
   */
  revoke(): Promise<void>
}

/** A lease as Vault granted it. */
interface GrantedLease extends RenewedTerm {
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
  readonly emit: EmitVaultEvent
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
    const { clock, random, emit } = this.#tools
    const { reason, error } = await renewUntilDue({
      term: this.#term,
      renewable,
      renew: (limit) => this.#tools.renew(this, limit),
      renewed: () => {
        emit('lease-renewed', { path: this.path })
        this.#notify()
      },
      clock,
      random,
      signal: this.#renewing.signal,
    })
    if (reason !== 'stopped') {
      emit(`lease-${reason}`, { path: this.path, ...(error && { error }) })
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
