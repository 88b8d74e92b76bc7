import {
  type Clock,
  createLiveSecret,
  type LiveSecret,
  SecretError,
  type SecretSource,
  type SecretSpec,
  type SettableSecret,
  type StagedSecret,
} from '@rekey/secret'
import type { Environment } from './environment.ts'
import { parseStaged, type ParsedStages } from './parse-staged.ts'

/** A live secret together with what health says of it. */
export interface FollowedSecret<T = unknown> {
  readonly live: LiveSecret<T>
  readonly spec: SecretSpec<T>
  /** Why the newest version in the store is not in use, if so. */
  readonly problem: SecretError | undefined
}

/** How {@link followSecret} follows. */
export interface FollowOptions {
  readonly source: SecretSource
  readonly environment: Environment
  readonly clock: Clock
  readonly signal: AbortSignal
  /** How often a source that cannot watch is read. */
  readonly pollMs: number
}

/** At most one read of the source in this time, however many consumers report rejections. */
const REJECTION_COOLDOWN_MS = 1_000

/**
 * Keeps a secret up to date until the signal aborts. A new value that its spec refuses is vetoed: the old one serves on and
 * health says why. A source that cannot be read changes nothing.
 */
export function followSecret<T>(
  spec: SecretSpec<T>,
  initial: ParsedStages<T>,
  options: FollowOptions,
): FollowedSecret<T> {
  const follower = new SecretFollower(spec, initial, options)
  void follower.follow()
  return follower
}

class SecretFollower<T> implements FollowedSecret<T> {
  readonly spec: SecretSpec<T>
  readonly live: SettableSecret<T>
  readonly #options: FollowOptions
  #problem: SecretError | undefined
  #lastRejectionAt = -Infinity

  constructor(spec: SecretSpec<T>, initial: ParsedStages<T>, options: FollowOptions) {
    this.spec = spec
    this.#options = options
    this.#problem = initial.problem
    const refresh = () => this.#refreshAfterRejection()
    this.live = createLiveSecret(initial.staged, { clock: options.clock, refresh })
  }

  get problem(): SecretError | undefined {
    return this.#problem
  }

  async follow(): Promise<void> {
    await this.#watch()
    while (await this.#nextPoll()) await this.#refresh()
  }

  /** Ends with the signal; a watch that fails leaves the work to polling. */
  async #watch(): Promise<void> {
    const { source, signal } = this.#options
    if (source.watch === undefined) return
    try {
      for await (const raw of source.watch(this.live.name, signal)) this.#take(raw)
    } catch (error) {
      this.#problem = asSecretError(error)
    }
  }

  async #nextPoll(): Promise<boolean> {
    const { clock, pollMs, signal } = this.#options
    try {
      await clock.sleep(pollMs, signal)
      return true
    } catch (error) {
      if (signal.aborted) return false
      throw error
    }
  }

  async #refresh(): Promise<void> {
    const { source, signal } = this.#options
    try {
      this.#take(await source.read(this.live.name, signal))
    } catch (error) {
      this.#problem = asSecretError(error)
    }
  }

  async #refreshAfterRejection(): Promise<void> {
    const now = this.#options.clock.now()
    if (now - this.#lastRejectionAt < REJECTION_COOLDOWN_MS) return
    this.#lastRejectionAt = now
    await this.#refresh()
  }

  /** Takes a new value over, or keeps the old one and remembers why. */
  #take(raw: StagedSecret): void {
    try {
      const { staged, problem } = parseStaged(this.spec, raw, this.#options.environment)
      this.#problem = problem
      this.live.update(staged)
    } catch (error) {
      this.#problem = asSecretError(error)
    }
  }
}

function asSecretError(error: unknown): SecretError {
  if (error instanceof SecretError) return error
  return new SecretError('unreachable', 'the source failed in an unknown way; see its own log')
}
