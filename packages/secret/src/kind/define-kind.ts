import type { SecretSpec } from '../secret-spec.ts'
import type { SecretVersion } from '../secret-version.ts'
import type { RotationKind } from './rotation-kind.ts'

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
  /** Who holds a secret of this kind: one service, or both ends of a call. */
  readonly parties: readonly ['service'] | readonly ['sender', 'receiver']
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
  /** Returns the life of a version. */
  lifeOf(version: SecretVersion): VersionLife
  /** When its secrets are due where a family declares nothing else. Absent: a person changes them. */
  readonly schedule?: KindSchedule
  /** Creates the rotation of one secret. Absent: a person changes them. */
  readonly rotation?: (options: never) => RotationKind
}

/**
 * Defines a kind of secret. Does no I/O. Without `lifeOf`, a version lives as long as the store knows.
 *
 * @example
 * ```ts
 * export const smtpKind = defineKind({
 *   kind: 'smtp',
 *   parties: ['service'],
 *   spec: { owner: smtpLogin },
 *   storeName: (service) => smtpLogin().nameFor(service),
 *   schedule: { rotateAfterMs: 30 * 86_400_000, staggerMs: 900_000 },
 *   rotation: (options: SmtpRotationOptions) => createSmtpRotation(options),
 * })
 * ```
 */
export function defineKind<const K extends Omit<SecretKind, 'lifeOf'> & Partial<SecretKind>>(
  kind: K,
): K & Pick<SecretKind, 'lifeOf'> {
  return { lifeOf: storedLife, ...kind }
}

/** Returns the life of a version as the store knows it. */
export function storedLife({ createdAt, expiresAt }: SecretVersion): VersionLife {
  return { ...(createdAt && { createdAt }), ...(expiresAt && { expiresAt }) }
}
