import type { SecretError } from './errors.ts'
import { SecretUsage } from './secret-usage.ts'
import type { SecretVersion, StagedSecret } from './secret-version.ts'
import { type Clock, systemClock } from './time/clock.ts'
import { singleFlight } from './time/single-flight.ts'

/**
 * Why a consumer thinks that what it holds is out of date.
 *
 * - `unauthorized`: the far side refused `current`
 * - `expired`: its time is over
 * - `retiring`: the far side announces a newer one
 * - `unknown-key`: the far side showed a version that is not known here
 * - `awaited`: a rotation waits for another version
 */
export type RejectionCause = 'unauthorized' | 'expired' | 'retiring' | 'unknown-key' | 'awaited'

/**
 * A secret that stays up to date. This is where features meet: the loader keeps it fresh, a pool or a keyring reads it,
 * the redactor masks it, health reports its usage. Reading is synchronous and always gives one consistent snapshot.
 *
 * Reading `snapshot`, `current`, `pending` or `previous` throws a `SecretError` while there is a `problem`.
 */
export interface LiveSecret<T = string> {
  /** The name in the store, such as `API_KEY_FRONTEND_SIGNING`. */
  readonly name: string
  /**
   * Why it cannot be read at this instant, if so. Its `details.reason` is `expired` if it is older than it may be, and `absent`
   * if there is no value yet.
   */
  readonly problem: SecretError | undefined
  /** All live versions at one instant. The same object until something changes, so identity shows a change. */
  readonly snapshot: StagedSecret<T>
  /** The version in use. */
  readonly current: SecretVersion<T>
  /** The version that a rotation prepares, if there is one. */
  readonly pending: SecretVersion<T> | undefined
  /** The version that a rotation replaced and has not yet revoked, if there is one. */
  readonly previous: SecretVersion<T> | undefined
  /** Counts of the uses of each version. */
  readonly usage: SecretUsage
  /** Yields the newest snapshot after each change; a slow reader skips to the newest. Ends with the signal. */
  changes(signal: AbortSignal): AsyncIterable<StagedSecret<T>>
  /**
   * Calls `listener` with each new snapshot just before it can be read, for consumers that must never be late, such as a
   * redactor. If it throws, the update does not happen. Returns the way to stop.
   */
  beforeUpdate(listener: (staged: StagedSecret<T>) => void): () => void
  /** Reports that the source should hold something newer: one coalesced read of it follows. */
  rejected(cause: RejectionCause): Promise<void>
}

/** A {@link LiveSecret} whose owner sets what it holds. */
export interface SettableSecret<T = string> extends LiveSecret<T> {
  update(staged: StagedSecret<T>): void
  /**
   * The first half of `update`: calls the listeners of {@link LiveSecret.beforeUpdate}. What it returns does the rest and
   * cannot fail, so that several secrets can change in one step.
   */
  prepare(staged: StagedSecret<T>): () => void
}

/** A secret of which there is no version yet. */
export interface AbsentSecret {
  /** The name in the store. */
  readonly name: string
  /** Thrown by each reading. */
  readonly absent: SecretError
}

/** Options of {@link createLiveSecret}. */
export interface LiveSecretOptions {
  /** Default: the machine's own. */
  readonly clock?: Clock
  /** Called when a consumer reports a rejection; reads the source again and updates. */
  readonly refresh?: (cause: RejectionCause) => Promise<void>
  /** Asked at each reading, so it must be quick; what it answers is thrown. */
  readonly check?: () => SecretError | undefined
}

/**
 * Creates a live secret that holds `initial` until {@link SettableSecret.update} is called.
 *
 * @example
 * ```ts
 * const live = createLiveSecret(staged)
 * live.update(staged)
 * ```
 */
export function createLiveSecret<T>(
  initial: StagedSecret<T> | AbsentSecret,
  options: LiveSecretOptions = {},
): SettableSecret<T> {
  return new HeldSecret(initial, options)
}

class HeldSecret<T> implements SettableSecret<T> {
  readonly name: string
  readonly usage: SecretUsage
  readonly #refresh: (cause: RejectionCause) => Promise<void>
  readonly #check: LiveSecretOptions['check']
  #held: StagedSecret<T> | AbsentSecret
  readonly #waiting = new Set<() => void>()
  readonly #listeners = new Set<(staged: StagedSecret<T>) => void>()

  constructor(initial: StagedSecret<T> | AbsentSecret, options: LiveSecretOptions) {
    this.name = initial.name
    this.usage = new SecretUsage(options.clock ?? systemClock)
    this.#refresh = singleFlight(async (cause) => options.refresh?.(cause))
    this.#check = options.check
    this.#held = initial
  }

  get problem(): SecretError | undefined {
    return 'absent' in this.#held ? this.#held.absent : this.#check?.()
  }
  get snapshot(): StagedSecret<T> {
    if ('absent' in this.#held) throw this.#held.absent
    const problem = this.#check?.()
    if (problem !== undefined) throw problem
    return this.#held
  }
  get current(): SecretVersion<T> {
    return this.snapshot.current
  }
  get pending(): SecretVersion<T> | undefined {
    return this.snapshot.pending
  }
  get previous(): SecretVersion<T> | undefined {
    return this.snapshot.previous
  }

  update(staged: StagedSecret<T>): void {
    this.prepare(staged)()
  }

  prepare(staged: StagedSecret<T>): () => void {
    if (!('absent' in this.#held) && staged.revision === this.#held.revision) return () => undefined
    for (const listener of [...this.#listeners]) listener(staged)
    return () => {
      this.#held = staged
      for (const wake of [...this.#waiting]) wake()
    }
  }

  beforeUpdate(listener: (staged: StagedSecret<T>) => void): () => void {
    const own = (staged: StagedSecret<T>) => {
      listener(staged)
    }
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  changes(signal: AbortSignal): AsyncIterable<StagedSecret<T>> {
    return this.#changesSince(this.#held, signal)
  }

  async *#changesSince(
    start: StagedSecret<T> | AbsentSecret,
    signal: AbortSignal,
  ): AsyncGenerator<StagedSecret<T>> {
    let seen = start
    while (!signal.aborted) {
      if (seen === this.#held || 'absent' in this.#held) {
        await this.#nextChange(signal)
      } else {
        seen = this.#held
        yield seen
      }
    }
  }

  #nextChange(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake, { once: true })
    })
  }

  async rejected(cause: RejectionCause): Promise<void> {
    await this.#refresh(cause)
  }
}
