import type { RotationPolicy } from './rotation-policy.ts'

/** The schedule's view of one secret. */
export interface SecretAge {
  /** The secret's name in the store. */
  readonly name: string
  readonly kind: string
  /** Whom a rotation of it touches: both ends of an API key, the owner of a login. */
  readonly services: readonly string[]
  /** When the current version was made; absent where the store cannot know. */
  readonly createdAt?: Date
  readonly expiresAt?: Date
  /** Whether a rotation of it was begun and has not come to its end. */
  readonly open?: boolean
}

/** How the last rotation of a secret ended. */
export interface LastRotation {
  /** The secret's name in the store. */
  readonly secret: string
  /** When it ended. */
  readonly at: Date
  /** Whether it made a new version; false if it was rolled back. */
  readonly finished: boolean
}

/** Inputs of a schedule. */
export interface ScheduleInput {
  readonly secrets: readonly SecretAge[]
  readonly policies: readonly RotationPolicy[]
  readonly lastRotations: readonly LastRotation[]
  readonly now: Date
}
