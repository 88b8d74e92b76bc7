import { SecretError, type SecretPolicy } from '@rekey/secret'

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
