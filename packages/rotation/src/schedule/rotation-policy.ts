import type { KindSchedule } from '@rekey/secret/kind'

/** When the secrets of one kind are rotated. */
export interface RotationPolicy extends KindSchedule {
  /** `api-key`, `database`, … */
  readonly kind: string
}
