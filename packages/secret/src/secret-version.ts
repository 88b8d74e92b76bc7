import type { SecretOrigin } from './secret-origin.ts'
import type { Secret } from './secret.ts'

/** The three stages a version can be in. A secret never has more than one version in each. */
export type Stage = 'pending' | 'current' | 'previous'

/** The stages in the order in which a version passes through them. */
export const STAGES: readonly Stage[] = ['pending', 'current', 'previous']

/** One version of one secret. */
export interface SecretVersion<T = string> {
  /** The name in the store, such as `API_KEY_FRONTEND_SIGNING`. */
  readonly name: string
  /** Distinguishes versions of one secret, the same for every reader; reveals nothing of the value. */
  readonly version: string
  readonly stage: Stage
  readonly value: Secret<T>
  /** The public name of this version at the far side: a key id, a role name. */
  readonly id?: string
  /** The texts inside `value` that must never be printed; empty where only a digest is kept. */
  readonly sensitive: readonly Secret[]
  /** When the store got it; absent where the store has no time, as with plain environment variables. */
  readonly createdAt?: Date
  readonly expiresAt?: Date
  /** Where its source read it; absent if the source does not report it, which some uses refuse. */
  readonly origin?: SecretOrigin
}

/** All live versions of one secret, as they were at one instant. Immutable. */
export interface StagedSecret<T = string> {
  readonly name: string
  /** Changes whenever any stage changes; hand it back to a store as `expected` (compare-and-set). */
  readonly revision: string
  readonly current: SecretVersion<T>
  readonly pending?: SecretVersion<T>
  readonly previous?: SecretVersion<T>
}

/** The live versions of `staged`, in the order current, pending, previous. */
export function liveVersions<T>(staged: StagedSecret<T>): SecretVersion<T>[] {
  return [staged.current, staged.pending, staged.previous].filter((v) => v !== undefined)
}
