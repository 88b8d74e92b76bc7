import {
  type Clock,
  type LiveSecret,
  type SecretError,
  type SecretVersion,
  within,
} from '@rekey/secret'
import { backoff, type BackoffMs, pause } from './backoff.ts'
import { describeDatabaseError } from './database-error.ts'
import type { DatabaseCredentials } from './database-url.ts'

type Version = SecretVersion<DatabaseCredentials>

/** What a follower has others do. */
export interface FollowerTasks {
  /** One real login. */
  prove(version: Version, signal: AbortSignal): Promise<void>
  /** Called with a proved version, after it became the active one; must be synchronous. */
  adopt(version: Version, before: Version): void
  starting(version: Version): void
  failed(version: Version, error: SecretError): void
}

/** How a follower waits. */
export interface FollowerTimes {
  readonly clock: Clock
  /** How long the store must go on naming a version that was left before. */
  readonly goBackAfterMs: number
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
  readonly #tasks: FollowerTasks
  readonly #times: FollowerTimes
  readonly #stop = new AbortController()
  readonly #left = new Set<string>()
  #adoption = new AbortController()
  #active: Version
  #recovery: Promise<void> | undefined

  constructor(
    credentials: LiveSecret<DatabaseCredentials>,
    times: FollowerTimes,
    tasks: FollowerTasks,
  ) {
    this.#credentials = credentials
    this.#times = times
    this.#tasks = tasks
    this.#active = credentials.current
  }

  /** The version that new connections use. */
  get active(): Version {
    return this.#active
  }

  get isRecovering(): boolean {
    return this.#recovery !== undefined
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
    this.#stop.abort()
    this.#adoption.abort()
  }

  /**
   * Proves the version that the store names, and adopts it if it is not in use yet: the next try need not be waited for. If
   * the store names the version in use, or one that may be outdated, that in use is proved, and recovered if it is refused.
   */
  async proveCurrent(budgetMs: number): Promise<void> {
    const { current } = this.#credentials
    const isNext = current.version !== this.#active.version && !this.#left.has(current.version)
    const version = isNext ? current : this.#active
    try {
      await this.#tasks.prove(version, this.#stop.signal)
      this.#switchTo(version)
    } catch (error) {
      const problem = describeDatabaseError(error)
      if (isNext || problem.code !== 'rejected') throw problem
      await this.recover(budgetMs)
    }
  }

  async #adopt(version: Version, signal: AbortSignal): Promise<void> {
    const isOver = () => signal.aborted || this.#active.version === version.version
    if (this.#left.has(version.version)) await this.#askAgain(signal)
    if (isOver() || !this.#isCurrent(version)) return
    this.#tasks.starting(version)
    for (let attempt = 0; !isOver(); attempt += 1) {
      try {
        await this.#tasks.prove(version, signal)
        if (!isOver()) this.#switchTo(version)
      } catch (error) {
        if (isOver()) return
        const problem = describeDatabaseError(error)
        this.#tasks.failed(version, problem)
        const kind = problem.code === 'unreachable' ? 'unreachable' : 'refused'
        await pause(this.#times.clock, backoff(BACKOFF_MS[kind], attempt), signal)
      }
    }
  }

  /**
   * A version that was in use before comes back by a rollback, or in an answer that is older than one we had. The two look the
   * same, down to the revision; only time tells, for an outdated answer is soon followed by a newer one.
   */
  async #askAgain(signal: AbortSignal): Promise<void> {
    await pause(this.#times.clock, this.#times.goBackAfterMs, signal)
    if (!signal.aborted) await this.#ask('expired')
  }

  async #ask(cause: 'unauthorized' | 'expired'): Promise<void> {
    const { name } = this.#credentials
    const { clock } = this.#times
    const limit = { what: `the store's answer for ${name}`, limitMs: ASK_LIMIT_MS, clock }
    try {
      await within({ ...limit, signal: this.#stop.signal }, () => this.#credentials.rejected(cause))
    } catch (error) {
      this.#tasks.failed(this.#active, describeDatabaseError(error))
    }
  }

  #isCurrent(version: Version): boolean {
    const { problem } = this.#credentials
    return problem === undefined && version.version === this.#credentials.current.version
  }

  /** Not to a version that was replaced while it was being proved. */
  #switchTo(version: Version): void {
    const before = this.#active
    if (!this.#isCurrent(version) || version.version === before.version) return
    this.#active = version
    this.#left.add(before.version)
    this.#left.delete(version.version)
    this.#tasks.adopt(version, before)
  }

  /**
   * Called when the server refused a login of the active version. Asks the store once, then tries what it holds until that
   * works or `budgetMs` is over. All callers share one run, which ends also if the store or the server never answers.
   *
   * @throws {SecretError} of the last try
   */
  recover(budgetMs: number): Promise<void> {
    this.#recovery ??= this.#recoverInTime(budgetMs).finally(() => {
      this.#recovery = undefined
    })
    return this.#recovery
  }

  #recoverInTime(budgetMs: number): Promise<void> {
    const what = `a login of ${this.#credentials.name} that the database accepts`
    const limitMs = budgetMs + LAST_PROOF_MS
    const limit = { what, limitMs, clock: this.#times.clock, signal: this.#stop.signal }
    return within(limit, (signal) => this.#recover(budgetMs, signal))
  }

  async #recover(budgetMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#times
    const endMs = clock.elapsed() + budgetMs
    await this.#ask('unauthorized')
    for (let attempt = 0; ; attempt += 1) {
      const version = this.#credentials.current
      try {
        await this.#tasks.prove(version, signal)
        this.#switchTo(version)
        return
      } catch (error) {
        const problem = describeDatabaseError(error)
        if (version.version !== this.#active.version) this.#tasks.failed(version, problem)
        const waitMs = backoff(RECOVERY_BACKOFF_MS, attempt)
        if (signal.aborted || clock.elapsed() + waitMs > endMs) throw problem
        await pause(clock, waitMs, signal, { keepAlive: true })
      }
    }
  }
}
