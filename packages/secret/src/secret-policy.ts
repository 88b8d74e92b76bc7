/** The need for a secret at the start of a service; see {@link SecretPolicy}. */
export type SecretNeed = 'required' | 'stale-ok' | 'optional'

/**
 * How old what a service holds of a secret may be. The operator of the service decides that for each secret; the loader
 * decides what is left out.
 *
 * ```
 * last good read ──── ttlMs ────▶ stale ──── maxStaleMs ────▶ expired
 *      fresh: read again       served, stale in health     reading it throws
 * ```
 */
export interface SecretPolicy {
  /** For how long after a good read it counts as fresh. It is read again after rand[ttlMs / 2, ttlMs]. */
  readonly ttlMs?: number
  /** For how long after the last good read it is still served while its source fails. Then it cannot be read any more. */
  readonly maxStaleMs?: number
  /** How soon a source that answered `missing` or `forbidden` is asked again at the earliest. */
  readonly negativeTtlMs?: number
  /**
   * The condition for the service to start:
   *
   * - `required`: its source gives it
   * - `stale-ok`: its source gives it, or is unreachable and a sealed last-good snapshot has it
   * - `optional`: nothing; without a value it cannot be read until its source has one
   */
  readonly need?: SecretNeed
}
