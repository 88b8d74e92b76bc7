import {
  type Backoff,
  jitteredMs,
  type SecretPolicy,
  type SecretState,
} from '@rekey/secret/internal'
import { backoffMs, type Clock, SecretError, type SecretVersion } from '@rekey/secret'

/** Judges the age of what is held by the time since it was last confirmed. Setting the wall clock does not touch it. */
export class Freshness {
  readonly #clock: Clock
  readonly #staleness: Staleness
  #confirmedAt = -Infinity
  #expiresAt = -Infinity

  constructor(clock: Clock, staleness: Staleness) {
    this.#clock = clock
    this.#staleness = staleness
  }

  /** The source named `current` as the version to use, `ageMs` ago. Nothing lives beyond its own `expiresAt`. */
  confirm({ expiresAt }: SecretVersion<unknown>, ageMs = 0): void {
    const [now, wallNow] = [this.#clock.elapsed(), this.#clock.now()]
    const ownLifeMs = expiresAt === undefined ? Infinity : expiresAt.getTime() - wallNow
    this.#confirmedAt = now - ageMs
    this.#expiresAt = Math.min(this.#confirmedAt + this.#staleness.maxStaleMs, now + ownLifeMs)
  }

  /** Milliseconds since it was last confirmed; infinite if there is nothing. */
  get ageMs(): number {
    return this.#clock.elapsed() - this.#confirmedAt
  }

  get state(): SecretState {
    if (this.#confirmedAt === -Infinity) return 'absent'
    if (this.isExpired) return 'expired'
    return this.ageMs > this.#staleness.ttlMs ? 'stale' : 'fresh'
  }

  /** Asked at each use of the secret. */
  get isExpired(): boolean {
    return this.#expiresAt !== Infinity && this.#clock.elapsed() > this.#expiresAt
  }

  /** When it expires, on `Clock.elapsed`, if it is not renewed. */
  get expiresAt(): number {
    return this.#expiresAt
  }
}

/** A {@link SecretPolicy} in which everything is decided. */
export type Staleness = Required<SecretPolicy>

/**
 * Default staleness. A day is longer than the outages that operators end, and short enough that a replica which is cut off
 * from its source does not accept a revoked key for ever. A source that cannot fail, such as plain environment variables,
 * answers each read, so nothing of it ever expires.
 */
const DEFAULT_STALENESS: Staleness = {
  ttlMs: 30_000,
  maxStaleMs: 24 * 60 * 60 * 1_000,
  negativeTtlMs: 30_000,
  need: 'stale-ok',
}

/**
 * Lays policies over one another, the last on top.
 *
 * @throws {SecretError} `malformed` if a time cannot be meant
 */
export function decideStaleness(...policies: readonly (SecretPolicy | undefined)[]): Staleness {
  const decided = policies.reduce<Staleness>(
    (below, above) => ({ ...below, ...above }),
    DEFAULT_STALENESS,
  )
  const { ttlMs, maxStaleMs, negativeTtlMs } = decided
  const isMeant = ttlMs > 0 && maxStaleMs >= ttlMs && negativeTtlMs >= 0
  if (isMeant) return decided
  throw new SecretError(
    'malformed',
    'of its policy ttlMs must be above 0, maxStaleMs not below ttlMs, and negativeTtlMs not below 0',
    { ttlMs, maxStaleMs, negativeTtlMs },
  )
}

/** The first wait after a failed read; it doubles with each further one. */
const RETRY_FIRST_MS = 1_000

/** Before a refused version is tried again; rarely, because some far sides lock out who fails often. */
const VETO_RETRY: Backoff = { firstMs: 5_000, longestMs: 300_000, jitter: 0 }

/**
 * When to read again: rand[ttl/2, ttl], as the caching clients of AWS Secrets Manager do, so that replicas which started
 * together drift apart. After failures sooner.
 *
 * @param draw - a random number in [0, 1)
 */
export function nextReadMs(ttlMs: number, failures: number, draw: number): number {
  if (failures === 0) return jitteredMs(ttlMs, 0.5, () => draw)
  return backoffMs({ firstMs: RETRY_FIRST_MS, longestMs: ttlMs }, failures - 1, () => draw)
}

/** When to try a refused version again, after so many refusals. */
export function nextTryMs(refusals: number): number {
  return backoffMs(VETO_RETRY, refusals - 1)
}
