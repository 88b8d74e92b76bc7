import type { Clock } from './time/clock.ts'

/** The report of a process to the rotator: which versions it used, and which ones its consumers still hold. */
export interface UsageReport {
  /** Milliseconds since the epoch when counting began. If it has changed, the process was restarted and counts from zero. */
  readonly since: number
  /** Every version that was used or refused, live or not; of many, those that were live last. */
  readonly versions: readonly VersionUse[]
  /** Versions bound into something long-lived (pooled connections), by consumer. */
  readonly holding: Readonly<Record<string, readonly string[]>>
  /** All attempts that were refused, such as a bad API key, also those that belong to no version. */
  readonly failures: number
  /** Data that is left under a version, by the version. Absent where the application does not count it. */
  readonly left?: Readonly<Record<string, DataLeft>>
}

/** Data that only one version can read, as the application counts it. */
export interface DataLeft {
  /** By the last count; absent while there is none, or it failed. */
  readonly rows?: number
  /** How often it was counted. */
  readonly counts: number
}

/** A keyring has at most 3 live versions of a secret and remembers 8 that it revoked. */
const VERSIONS_REMEMBERED = 16

/**
 * Counts what happens to a secret in this process. Consumers write it, health reports it, and a rotation waits on it: a
 * version may be revoked only once it is no longer held and its uses have stopped.
 */
export class SecretUsage {
  readonly #clock: Clock
  readonly #since: number
  /** In the order in which they were last asked for by {@link counterOf}. */
  readonly #counters = new Map<string, VersionCounter>()
  readonly #holding = new Map<string, readonly string[]>()
  #left: UsageReport['left']
  #failures = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#since = clock.now()
  }

  /**
   * The counter of `version`, for who counts it often. Ask again at every change of the secret: a counter is forgotten once
   * 16 other versions have been asked for since.
   */
  counterOf(version: string): VersionCounter {
    const counter = this.#counters.get(version) ?? new VersionCounter(this.#clock)
    this.#counters.delete(version)
    this.#counters.set(version, counter)
    for (const oldest of this.#counters.keys()) {
      if (this.#counters.size <= VERSIONS_REMEMBERED) break
      this.#counters.delete(oldest)
    }
    return counter
  }

  /** One use of `version`. Name the source only of a version that retires. Without it, no allocation after the first use. */
  record(version: string, source?: string): void {
    const counter = this.#counters.get(version) ?? this.counterOf(version)
    counter.use(source)
  }

  /** One refused attempt; with a version, one that had the right value of that version. */
  fail(version?: string, source?: string): void {
    this.#failures += 1
    if (version !== undefined) this.counterOf(version).fail(source)
  }

  /** One attempt that was refused because it had the id of `version` and another secret. */
  failWrongSecret(version: string): void {
    this.#failures += 1
    this.counterOf(version).failWrongSecret()
  }

  /** `consumer` now holds exactly these versions. */
  hold(consumer: string, versions: readonly string[]): void {
    this.#holding.set(consumer, [...versions])
  }

  /** The data that is left under each version which is not in use any more. */
  leave(left: NonNullable<UsageReport['left']>): void {
    this.#left = left
  }

  report(): UsageReport {
    const versions = Array.from(this.#counters, ([version, counter]) => counter.report(version))
    return {
      since: this.#since,
      versions: versions.filter((use) => use !== undefined),
      holding: Object.fromEntries(this.#holding),
      failures: this.#failures,
      ...(this.#left && { left: this.#left }),
    }
  }
}

/** The use of one version of a secret by one process. */
export interface VersionUse {
  readonly version: string
  /** At a receiver, how often it was accepted; at a sender, how often it was sent. */
  readonly uses: number
  /** How often it was refused although it was the right value: at a receiver, revoked or expired; at a sender, by a 401. */
  readonly failures: number
  /**
   * How often its public id was shown with another secret. Any caller that knows the id can cause this, so nothing automatic
   * should follow from it.
   */
  readonly wrongSecrets: number
  /** Milliseconds since the epoch; absent if never used. */
  readonly lastUsedAt?: number
  /** Milliseconds since the epoch; absent if never refused. */
  readonly lastFailedAt?: number
  /** Who still shows it, the latest first. Only of a version that retires or was revoked. */
  readonly sources?: readonly SourceUse[]
}

/** Counts what happens to one version. Worth keeping at hand where every request is counted. */
export class VersionCounter {
  readonly #clock: Clock
  #uses = 0
  #failures = 0
  #wrongSecrets = 0
  // Zero instead of undefined, so that writing a time needs no allocation.
  #lastUsedAt = 0
  #lastFailedAt = 0
  #sources: SourceLog | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** One use. Name the source only of a version that retires, or else every source is remembered. No allocation without it. */
  use(source?: string): void {
    this.#uses += 1
    this.#lastUsedAt = this.#clock.now()
    if (source !== undefined) this.#log().note(source, 'uses', this.#lastUsedAt)
  }

  /** One refusal of the right value. */
  fail(source?: string): void {
    this.#failures += 1
    this.#lastFailedAt = this.#clock.now()
    if (source !== undefined) this.#log().note(source, 'failures', this.#lastFailedAt)
  }

  /** One attempt with the id of this version and another secret. */
  failWrongSecret(): void {
    this.#wrongSecrets += 1
  }

  /** The counts, or nothing if nothing was counted. */
  report(version: string): VersionUse | undefined {
    const [uses, failures, wrongSecrets] = [this.#uses, this.#failures, this.#wrongSecrets]
    if (uses + failures + wrongSecrets === 0) return undefined
    return {
      version,
      uses,
      failures,
      wrongSecrets,
      ...(uses > 0 && { lastUsedAt: this.#lastUsedAt }),
      ...(failures > 0 && { lastFailedAt: this.#lastFailedAt }),
      ...(this.#sources && { sources: this.#sources.report() }),
    }
  }

  #log(): SourceLog {
    this.#sources ??= new SourceLog()
    return this.#sources
  }
}

/** Uses from one place, such as the address of a caller. */
export interface SourceUse {
  readonly source: string
  readonly uses: number
  readonly failures: number
  /** Milliseconds since the epoch. */
  readonly lastSeenAt: number
}

type Seen = { -readonly [Key in keyof SourceUse]: SourceUse[Key] }

/** Enough to name those who lag behind; more than these are a crowd, and names do not help. */
const SOURCES_REMEMBERED = 16

/** Remembers the sources that were seen last. Its size does not grow with their number. */
class SourceLog {
  /** In the order in which they were last seen. */
  readonly #seen = new Map<string, Seen>()

  note(source: string, what: 'uses' | 'failures', at: number): void {
    const seen = this.#seen.get(source) ?? { source, uses: 0, failures: 0, lastSeenAt: at }
    seen[what] += 1
    seen.lastSeenAt = at
    this.#seen.delete(source)
    this.#seen.set(source, seen)
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= SOURCES_REMEMBERED) break
      this.#seen.delete(oldest)
    }
  }

  /** The latest first. */
  report(): SourceUse[] {
    return Array.from(this.#seen.values(), (seen) => ({ ...seen })).reverse()
  }
}

/** The name of one more consumer of a secret: `ioredis`, then `ioredis 2`. Two of one name would report for each other. */
export function newConsumer(usage: SecretUsage, name: string): string {
  const { holding } = usage.report()
  let free = name
  for (let nth = 2; Object.hasOwn(holding, free); nth += 1) free = `${name} ${nth}`
  usage.hold(free, [])
  return free
}
