import type { Clock } from '@rekey/secret'
import type { FailureLimit } from './verdict.ts'

/** Failed attempts from one place. */
interface Failures {
  count: number
  /** By the monotonic clock. */
  readonly since: number
}

const WINDOW_MS = 60_000
/** About 100 kB. A caller with more addresses than this evicts others, which then begin at zero. */
const SOURCES_REMEMBERED = 1_024

/**
 * Counts the failed attempts of each source in windows of a minute. Nothing is known of attempts that succeed, so a good key
 * is never held up by a bad neighbour at the same address.
 */
export class FailureLimiter {
  readonly #clock: Clock
  readonly #perMinute: number
  /** In the order in which they failed last. */
  readonly #failures = new Map<string, Failures>()

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock
    this.#perMinute = perMinute
  }

  /** One failed attempt. */
  count(source: string): FailureLimit | undefined {
    const network = networkOf(source)
    const now = this.#clock.elapsed()
    const failures = this.#recent(network, now) ?? { count: 0, since: now }
    failures.count += 1
    this.#failures.delete(network)
    this.#failures.set(network, failures)
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= SOURCES_REMEMBERED) break
      this.#failures.delete(oldest)
    }
    if (failures.count <= this.#perMinute) return undefined
    return {
      retryAfterS: Math.ceil((failures.since + WINDOW_MS - now) / 1_000),
      isFirst: failures.count === this.#perMinute + 1,
    }
  }

  /** Whether one more failure would be too many. */
  isUsedUp(source: string): boolean {
    const failures = this.#recent(networkOf(source), this.#clock.elapsed())
    return failures !== undefined && failures.count >= this.#perMinute
  }

  #recent(network: string, now: number): Failures | undefined {
    const failures = this.#failures.get(network)
    return failures && now - failures.since < WINDOW_MS ? failures : undefined
  }
}

/** An IPv6 host usually has 2^64 addresses to choose from (RFC 4291 §2.5.4), so they count as one. */
function networkOf(address: string): string {
  // IPv4, also when mapped into IPv6.
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':')
  const after = tail?.split(':') ?? []
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - after.length) }, () => '0')
  return [...groups, ...zeros, ...after].slice(0, 4).join(':')
}
