import type { SecretSpec } from '../secret-spec.ts'
import type { SecretVersion } from '../secret-version.ts'
import type { Secret } from '../secret.ts'
import type {
  DeclaredSecret,
  EntrySchema,
  KindParties,
  NeededSecrets,
  RotationParts,
} from './declared-secret.ts'
import type { RotationKind } from './rotation-kind.ts'
import type { KindRunbook } from './runbook.ts'

/** When the secrets of a kind are due. */
export interface KindSchedule {
  /** A version is due at this age, or up to a tenth earlier. Absent: age makes nothing due. */
  readonly rotateAfterMs?: number
  /** A version is overdue at this age. Absent: age makes nothing overdue. */
  readonly maxAgeMs?: number
  /** How far the rotations of two secrets that touch one service are kept apart; of two kinds the longer time counts. */
  readonly staggerMs: number
  /** Whether a version of unknown age is due at once. Default false. */
  readonly dueIfAgeUnknown?: boolean
}

/** From when to when a version lives, as far as it is known. */
export interface VersionLife {
  readonly createdAt?: Date
  readonly expiresAt?: Date
}

/** One kind of secret: its names, the specs by which services declare it, its life, its schedule, its rotation. */
export interface SecretKind {
  /** As on the command line and in a family: `api-key`, `database`. */
  readonly kind: string
  /** Who holds a secret of this kind, in the order of its name: `api-key frontend:signing`. */
  readonly parties: KindParties
  /** The specs by which services declare it, by the end of the secret that they hold. */
  readonly spec: Readonly<
    Partial<Record<SecretSpec['access']['end'], (...options: never[]) => SecretSpec>>
  >
  /**
   * Returns the name in the store of the secret of these parties.
   *
   * @throws {SecretError} `malformed` for a party that is no service name
   */
  storeName(...parties: string[]): string
  /**
   * Issues a first value for an operator to hand to its holders, with the mark of development or without. Absent: the far side makes it.
   *
   * @param name in the store
   */
  issue?(name: string, options: { readonly nonProduction: boolean }): Secret
  /** Returns the life of a version. */
  lifeOf(version: SecretVersion): VersionLife
  /**
   * Those of `parties` that may load a new version only after it has become current, by a restart: the far side accepts the old one until
   * then. Absent: none.
   */
  readonly restartable?: readonly KindParties[number][]
  /** When its secrets are due where a family declares nothing else. Absent: a person changes them. */
  readonly schedule?: KindSchedule
  /** Creates the rotation of one secret from options, for a caller without a family. */
  readonly rotation?: (options: never) => RotationKind
  /** The schema of what a family declares of one secret beside its parties. Absent: nothing. */
  readonly entry?: EntrySchema
  /** Lists the other secrets that the rotation of a declared secret needs. Absent: none. */
  needs?(declared: DeclaredSecret): NeededSecrets
  /** Creates the rotation of a secret that a family declares. Absent: a person changes them. */
  rotationOf?(declared: DeclaredSecret, parts: RotationParts): RotationKind | Promise<RotationKind>
  /** Its part of the runbooks of a family. Absent: they have what is the same for all kinds. */
  readonly runbook?: KindRunbook
}

/**
 * Defines a kind of secret. Does no I/O. Without `lifeOf`, a version lives as long as the store records.
 *
 * @example
 * ```ts
 * export const smtpKind = defineKind({
 *   kind: 'smtp',
 *   parties: ['service'],
 *   spec: { owner: smtpLogin },
 *   storeName: (service) => smtpLogin().nameFor(service),
 *   schedule: { rotateAfterMs: 30 * 86_400_000, staggerMs: 900_000 },
 *   entry: z.object({ relay: z.url() }),
 *   rotationOf: ({ name, entry }: DeclaredSecret<{ relay: string }>, parts) =>
 *     createSmtpRotation({ ...parts, ...entry, name }),
 * })
 * ```
 */
export function defineKind<const K extends Omit<SecretKind, 'lifeOf'> & Partial<SecretKind>>(
  kind: K,
): K & Pick<SecretKind, 'lifeOf'> {
  return { lifeOf: storedLife, ...kind }
}

/** Returns the life of a version as the store records it. */
export function storedLife({ createdAt, expiresAt }: SecretVersion): VersionLife {
  return { ...(createdAt && { createdAt }), ...(expiresAt && { expiresAt }) }
}
