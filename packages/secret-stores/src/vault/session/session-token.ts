import type { Clock, Secret, SecretError } from '@rekey/secret'
import type { VaultLogin } from './auth-methods.ts'
import type { HeldLease, LeaseEnd } from './lease-keeper.ts'
import { LeaseTerm } from './renewal.ts'

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
