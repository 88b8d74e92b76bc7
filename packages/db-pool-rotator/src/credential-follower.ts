import { type LiveSecret, type SecretError, type SecretVersion, systemClock } from '@rekey/secret'
import { describeDatabaseError } from './database-error.ts'
import type { DatabaseCredentials } from './database-url.ts'

type Version = SecretVersion<DatabaseCredentials>

/** What a follower has others do. */
export interface FollowerTasks {
  prove(version: Version, signal: AbortSignal): Promise<void>
  /** Called with a proved version, after it became the active one; must be synchronous. */
  adopt(version: Version, before: Version): void
  starting(version: Version): void
  failed(version: Version, error: SecretError): void
}

/** First and longest wait before the next try, doubling in between. A refused login is tried rarely: it may lock it out. */
const BACKOFF_MS = { unreachable: [100, 5000], refused: [1000, 60_000] } as const

/** The first try after a refused login of the active version; the store is often only a moment behind. */
const RECOVERY_BACKOFF_MS = [100, 1000] as const

/** Keeps a pool on the current version of its credentials: nothing is adopted before it was proved by a real login. */
export class CredentialFollower {
  readonly #credentials: LiveSecret<DatabaseCredentials>
  readonly #tasks: FollowerTasks
  readonly #stop = new AbortController()
  #adoption = new AbortController()
  #active: Version
  #proving: Promise<unknown> = Promise.resolve()
  #recovery: Promise<void> | undefined

  constructor(credentials: LiveSecret<DatabaseCredentials>, tasks: FollowerTasks) {
    this.#credentials = credentials
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

  /** Follows the changes until {@link stop}. A newer change ends the attempts at an older one. */
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

  /** Proves the active version, and recovers if the login is refused. */
  async proveCurrent(budgetMs: number): Promise<void> {
    try {
      await this.#prove(this.#active)
    } catch (error) {
      const problem = describeDatabaseError(error)
      if (problem.code !== 'rejected') throw problem
      await this.recover(budgetMs)
    }
  }

  /** One login at a time, so that a pool never has more than one connection beyond its own. */
  async #prove(version: Version, signal = this.#stop.signal): Promise<void> {
    const proof = this.#proving.then(() => this.#tasks.prove(version, signal))
    this.#proving = proof.catch(() => undefined)
    await proof
  }

  async #adopt(version: Version, signal: AbortSignal): Promise<void> {
    const isOver = () => signal.aborted
    this.#tasks.starting(version)
    for (let attempt = 0; !isOver(); attempt += 1) {
      try {
        await this.#prove(version, signal)
        if (!isOver()) this.#switchTo(version)
        return
      } catch (error) {
        if (isOver()) return
        const problem = describeDatabaseError(error)
        this.#tasks.failed(version, problem)
        const kind = problem.code === 'unreachable' ? 'unreachable' : 'refused'
        await sleep(backoff(BACKOFF_MS[kind], attempt), signal)
      }
    }
  }

  /** Not to a version that was replaced while it was being proved. */
  #switchTo(version: Version): void {
    const before = this.#active
    const isCurrent = version.version === this.#credentials.current.version
    if (!isCurrent || version.version === before.version) return
    this.#active = version
    this.#tasks.adopt(version, before)
  }

  /**
   * Called when the server refused a login of the active version. Asks the store once, then tries what it holds until that
   * works or `budgetMs` is over. All callers share one run.
   *
   * @throws {SecretError} of the last try
   */
  recover(budgetMs: number): Promise<void> {
    this.#recovery ??= this.#recover(budgetMs).finally(() => {
      this.#recovery = undefined
    })
    return this.#recovery
  }

  async #recover(budgetMs: number): Promise<void> {
    const endMs = systemClock.now() + budgetMs
    const { signal } = this.#stop
    try {
      await this.#credentials.rejected('unauthorized')
    } catch (error) {
      this.#tasks.failed(this.#credentials.current, describeDatabaseError(error))
    }
    for (let attempt = 0; ; attempt += 1) {
      const version = this.#credentials.current
      try {
        await this.#prove(version)
        this.#switchTo(version)
        return
      } catch (error) {
        const problem = describeDatabaseError(error)
        if (version.version !== this.#active.version) this.#tasks.failed(version, problem)
        const waitMs = backoff(RECOVERY_BACKOFF_MS, attempt)
        if (signal.aborted || systemClock.now() + waitMs > endMs) throw problem
        await sleep(waitMs, signal)
      }
    }
  }
}

/** Doubling, with the upper half drawn by lot so that many processes do not knock together. */
function backoff([firstMs, longestMs]: readonly [number, number], attempt: number): number {
  return Math.min(firstMs * 2 ** attempt, longestMs) * (0.5 + Math.random() / 2)
}

/** Waits, or returns early when the signal is aborted. */
async function sleep(delayMs: number, signal: AbortSignal): Promise<void> {
  await systemClock.sleep(delayMs, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
