import type { Crl } from './parse-crl.ts'

/** State of the published list. */
export interface CrlHealth {
  /** `late` from half of the validity on: renewal has failed for a while. With an `expired` list, OpenVPN lets no client connect. */
  readonly state: 'fresh' | 'late' | 'expired' | 'absent'
  /** Decimal. */
  readonly number?: string
  readonly thisUpdate?: Date
  readonly nextUpdate?: Date
  /** Certificates on the list. */
  readonly revoked: number
  /** Whether a revocation, or the bundle, is recorded and not yet published. */
  readonly isBehind: boolean
  /** Code of the error that kept the last attempt from publishing. */
  readonly problem?: string
}

/** How much of its validity a list has behind it; 1 is its end. */
function shareOf({ thisUpdate, nextUpdate }: Crl, nowMs: number): number {
  return (nowMs - thisUpdate.getTime()) / (nextUpdate.getTime() - thisUpdate.getTime())
}

/** State of a list at a time. */
export function stateOf(published: Crl, nowMs: number): CrlHealth['state'] {
  const share = shareOf(published, nowMs)
  if (share >= 1) return 'expired'
  return share >= 1 / 2 ? 'late' : 'fresh'
}
