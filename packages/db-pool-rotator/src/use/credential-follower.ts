import { type Clock, type LiveSecret, SecretError, type SecretVersion, within } from '@rekey/secret'
import { backoff, type BackoffMs, pause } from './backoff.ts'
import { describeDatabaseError } from '../spec/database-error.ts'
import type { DatabaseCredentials } from '../spec/database-url.ts'
import { loginFailure, type Report } from './pool-events.ts'

type Version = SecretVersion<DatabaseCredentials>

/** How a follower waits, proves and reports. */
export interface FollowerOptions {
  readonly clock: Clock
  /** How long the store must go on naming a version that was left before. */
  readonly rollBackAfterMs: number
  /** How long refused logins are tried again with what the store then holds. */
  readonly loginRetryMs: number
  /** One real login. */
  readonly prove: (version: Version, signal: AbortSignal) => Promise<unknown>
  readonly report: Report
}

/**
 * Waits before the next try at a version that could not be proved. A refused login is tried rarely, because some servers lock
 * it out, but several times within the minute for which a rotation usually waits.
 */
const BACKOFF_MS = { unreachable: [100, 5000], refused: [1000, 15_000] } as const

/** The first try after a refused login of the active version; the store is often only a moment behind. */
const RECOVERY_BACKOFF_MS: BackoffMs = [100, 1000]

/** How long a recovery waits for the store's answer before it tries what is held; a later answer is tried when it comes. */
const ASK_LIMIT_MS = 2_000

/** How much longer than its budget a recovery may take: one last proof, with its connection, query and goodbye. */
const LAST_PROOF_MS = 15_000

/** Keeps a pool on the current version of its credentials: nothing is adopted before it was proved by a real login. */
export class CredentialFollower {
  readonly #credentials: LiveSecret<DatabaseCredentials>
  readonly #options: FollowerOptions
  readonly #stop = new AbortController()
  readonly #left = new Set<string>()
  #adoption = new AbortController()
  #active: Version
  #recovery: Promise<void> | undefined

  constructor(credentials: LiveSecret<DatabaseCredentials>, options: FollowerOptions) {
    this.#credentials = credentials
    this.#options = options
    this.#active = credentials.current
  }

  /** The version that new connections use. */
  get active(): Version {
    return this.#active
  }

  get isRecovering(): boolean {
    return this.#recovery !== undefined
  }

  /** The awaited event of the recovery, as a noun phrase. */
  get recoveryWait(): string {
    return `a login of ${this.#credentials.name} that the database accepts`
  }

  /** Follows the changes until {@link stop}. Any change of the store ends the wait for the next try, and begins anew. */
  async follow(): Promise<void> {
    for await (const { current } of this.#credentials.changes(this.#stop.signal)) {
      this.#adoption.abort()
      this.#adoption = new AbortController()
      if (current.version !== this.#active.version) void this.#adopt(current, this.#adoption.signal)
    }
  }

  stop(): void {
    // A caller that waits for a login gets this error.
    this.#stop.abort(new SecretError('disposed', 'The connections were ended before one logged in'))
    this.#adoption.abort()
  }

  /**
   * Proves the version that the store names, and adopts it if it is not in use yet: the next try need not be waited for. If
   * the store names the version in use, or one that may be outdated, that in use is proved, and recovered if it is refused.
   */
  async proveCurrent(): Promise<void> {
    const { current } = this.#credentials
    const isNext = current.version !== this.#active.version && !this.#left.has(current.version)
    try {
      await this.#prove(isNext ? current : this.#active, this.#stop.signal)
    } catch (error) {
      const problem = describeDatabaseError(error)
      if (isNext || problem.code !== 'rejected') throw problem
      await this.recover()
    }
  }

  async #adopt(version: Version, signal: AbortSignal): Promise<void> {
    const isOver = () => signal.aborted || this.#active.version === version.version
    if (this.#left.has(version.version)) await this.#askAgain(signal)
    if (isOver() || !this.#isCurrent(version)) return
    this.#options.report({ type: 'rotating', version: version.version })
    for (let attempt = 0; !isOver(); attempt += 1) {
      let kind: keyof typeof BACKOFF_MS = 'unreachable'
      try {
        await this.#prove(version, signal)
      } catch (error) {
        if (isOver()) return
        const problem = describeDatabaseError(error)
        this.#fail(version, problem)
        if (problem.code !== 'unreachable') kind = 'refused'
      }
      if (!isOver()) await pause(this.#options.clock, backoff(BACKOFF_MS[kind], attempt), signal)
    }
  }

  /**
   * A version that was in use before comes back by a rollback, or in an answer that is older than one we had. The two look
   * the same, down to the revision; only time decides, for an outdated answer is soon followed by a newer one.
   */
  async #askAgain(signal: AbortSignal): Promise<void> {
    await pause(this.#options.clock, this.#options.rollBackAfterMs, signal)
    if (!signal.aborted) await this.#ask('expired')
  }

  async #ask(cause: 'unauthorized' | 'expired'): Promise<void> {
    const { name } = this.#credentials
    const { clock } = this.#options
    const limit = { what: `the store's answer for ${name}`, limitMs: ASK_LIMIT_MS, clock }
    try {
      await within({ ...limit, signal: this.#stop.signal }, () => this.#credentials.rejected(cause))
    } catch (error) {
      this.#fail(this.#active, describeDatabaseError(error))
    }
  }

  #fail({ version }: Version, problem: SecretError): void {
    // What is cut off by the end is no fault of a login.
    if (!this.#stop.signal.aborted) this.#options.report(loginFailure(version, problem))
  }

  #isCurrent(version: Version): boolean {
    const { problem } = this.#credentials
    return problem === undefined && version.version === this.#credentials.current.version
  }

  /** Logs in, and adopts the version unless it was replaced or given up meanwhile. */
  async #prove(version: Version, signal: AbortSignal): Promise<void> {
    await this.#options.prove(version, signal)
    const before = this.#active
    const isSwitch = version.version !== before.version && this.#isCurrent(version)
    if (isSwitch && !signal.aborted) {
      this.#active = version
      this.#left.add(before.version)
      this.#left.delete(version.version)
      this.#options.report({ type: 'proved', before: before.version })
    } else this.#options.report({ type: 'proved' })
  }

  /**
   * Called when the server refused a login of the active version. Asks the store once, then tries what it holds until that
   * works or `loginRetryMs` is over. All callers share one run, which ends also if the store or the server never answers.
   *
   * @throws {SecretError} of the last try
   */
  recover(): Promise<void> {
    this.#recovery ??= this.#recoverInTime().finally(() => {
      // One that the end cuts off stays: without it, connections would try the refused login again.
      if (!this.#stop.signal.aborted) this.#recovery = undefined
    })
    return this.#recovery
  }

  #recoverInTime(): Promise<void> {
    const { clock, loginRetryMs } = this.#options
    const limitMs = loginRetryMs + LAST_PROOF_MS
    const limit = { what: this.recoveryWait, limitMs, clock, signal: this.#stop.signal }
    return within(limit, (signal) => this.#recover(signal))
  }

  async #recover(signal: AbortSignal): Promise<void> {
    const { clock, loginRetryMs } = this.#options
    const endMs = clock.elapsed() + loginRetryMs
    await this.#ask('unauthorized')
    for (let attempt = 0; ; attempt += 1) {
      const version = this.#credentials.current
      try {
        await this.#prove(version, signal)
        return
      } catch (error) {
        const problem = describeDatabaseError(error)
        if (version.version !== this.#active.version) this.#fail(version, problem)
        const waitMs = backoff(RECOVERY_BACKOFF_MS, attempt)
        if (signal.aborted || clock.elapsed() + waitMs > endMs) throw problem
        await pause(clock, waitMs, signal, { keepAlive: true })
      }
    }
  }
}
