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
  /**
   * The journal of the rotation that staged it, by its name: a rotator with another journal leaves the secret alone. Absent where no rotation made the
   * version, and where the store keeps no names.
   */
  readonly journal?: string
  /** Where its source read it; absent if the source does not report it, which some uses refuse. */
  readonly origin?: SecretOrigin
}

/** All live versions of one secret, as they were at one instant. Immutable. */
export interface StagedSecret<T = string> {
  /** The name in the store. */
  readonly name: string
  /** Changes whenever any stage changes; hand it back to a store as `expected` (compare-and-set). */
  readonly revision: string
  /** The version in use. */
  readonly current: SecretVersion<T>
  /** The version that a rotation prepares. */
  readonly pending?: SecretVersion<T>
  /** The version that a rotation replaced and has not yet revoked. */
  readonly previous?: SecretVersion<T>
}

/** The live versions of `staged`, in the order current, pending, previous. */
export function liveVersions<T>(staged: StagedSecret<T>): SecretVersion<T>[] {
  return [staged.current, staged.pending, staged.previous].filter((v) => v !== undefined)
}

/** Where a source read a version of a secret from. Reveals nothing of the value. */
export type SecretOrigin =
  | FileOrigin
  /** A variable of this process's environment. */
  | { readonly kind: 'environment' }
  /** Made by this process, or held in its memory alone. */
  | { readonly kind: 'memory' }
  /** A store reached over the network: `vault`, `aws`, `kubernetes`. */
  | { readonly kind: 'store'; readonly store: string }

/** A file, with what its hard links and bind mounts have in common. */
export interface FileOrigin {
  readonly kind: 'file'
  /** Absolute, as the source was given it; its symbolic links are not resolved. */
  readonly path: string
  /** `st_dev` of the descriptor that was read, in decimal: it can exceed what a number holds exactly. */
  readonly device: string
  /** `st_ino`, likewise. */
  readonly inode: string
}
