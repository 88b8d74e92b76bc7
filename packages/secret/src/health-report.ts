import type { ErrorDetails, SecretErrorCode } from './errors.ts'
import type { Stage } from './secret-version.ts'
import type { UsageReport } from './secret-usage.ts'
import type { PendingWait } from './time/deadline.ts'

/**
 * How far what is held can be trusted. `fresh` and `stale` are served; `expired` and `absent`, of which there is no value
 * yet, are not.
 */
export type SecretState = 'fresh' | 'stale' | 'expired' | 'absent'

/** How often each of these happened since the start of the process. */
export interface SecretCounts {
  reads: number
  failures: number
  changes: number
  vetoes: number
  rejections: number
}

/** One version of a secret, without its value. */
export interface VersionHealth {
  readonly stage: string
  readonly version: string
  /** Key id or role name. */
  readonly id?: string
  /** Milliseconds since the store got it, where the store has the time. */
  readonly ageMs?: number
}

/** A version that the store holds and a replica does not take over. */
export interface VersionRejection {
  readonly stage: Stage
  readonly version: string
  /** The check that refuses it: the rule of its kind, a trial at the far side, or a consumer in the process. */
  readonly by: 'rule' | 'probe' | 'consumer'
  readonly reason: SecretErrorCode
  /** Scalars that belong to the reason; no value. */
  readonly details?: ErrorDetails
}

/** Lines in which a process was about to print a value, and masked it. */
export interface LeakCount {
  /** The version that was in them; absent where it is not known. */
  readonly version?: string
  /** How it was spelled: `text`, `escaped`, `base64`, `hex`, … */
  readonly encoding: string
  /** By which output they were leaving: `log`, `stdout`, `stderr`, `report`; absent where a replica does not report it. */
  readonly channel?: string
  /** The code that printed them, as far as the stack was read: `src/routes.ts:42`; absent where the stack does not show it. */
  readonly callSite?: string
  readonly count: number
}

/** Such lines of one secret. */
export interface NamedLeak extends LeakCount {
  /** The secret's name in the store, or its label. */
  readonly name: string
}

/** One secret of one replica, without its values. */
export interface SecretHealth {
  readonly name: string
  readonly kind: string
  readonly end: string
  /** Where it is read from: `env`, `vault:secret/vpn`. */
  readonly source: string
  /** `fresh` and `stale` are served; `expired` and `absent` are not. */
  readonly state: SecretState
  /** Milliseconds since the source last named what is in use; absent if there is nothing. */
  readonly sinceGoodReadMs?: number
  /** Absent for a secret that is read once, by a process of its own. */
  readonly untilNextReadMs?: number
  /** How many reads in a row have failed. */
  readonly failuresInARow: number
  /** Since the start of the process. */
  readonly counts: Readonly<SecretCounts>
  readonly versions: readonly VersionHealth[]
  readonly usage: UsageReport
  /** Since the start of the process; absent if there are none. */
  readonly leaks?: readonly LeakCount[]
  /** The code of what keeps the newest version from being used. */
  readonly problem?: string
  /** The versions that the store holds and this replica does not take over. Absent if there are none. */
  readonly rejections?: readonly VersionRejection[]
}

/** The state of one replica's secrets: names, key ids, versions, ages, uses. A rotation reads its acknowledgements here. */
export interface HealthReport {
  readonly service: string
  readonly replica: string
  /** The version of Rekey in the process; absent where its bundle does not have it, and before 0.2. */
  readonly release?: string
  readonly secrets: readonly SecretHealth[]
  /** The waits of the process at this moment, the longest first. */
  readonly waits: readonly PendingWait[]
}
