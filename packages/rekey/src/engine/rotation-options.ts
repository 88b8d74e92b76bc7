import type { AuditSink } from '@rekey/audit-log/internal'
import type { Clock, SecretStore } from '@rekey/secret'
import type { Replica } from '@rekey/secret/internal/kind'
import type { Displaced } from '../journal/emergency-claim.ts'
import type { RotationEvent, RotationJournal } from '../journal/journal.ts'

/** Options of a rotation. */
export interface RotationOptions {
  /** Where the secret is. */
  readonly store: SecretStore
  /** Where the rotation is recorded and its lease is held. */
  readonly journal: RotationJournal
  /** Who rotates, for the journal. Default `host:pid`. */
  readonly holder?: string
  /** How long a rotator that died keeps others out. Renewed three times in this time. Default 15,000. */
  readonly leaseMs?: number
  /** How long a step may take, all its waits together. Default: `longestStepMs` of the kind, else ten minutes. */
  readonly stepLimitMs?: number
  /** Stops the rotation before its next step, or in a wait; run it again to go on. */
  readonly signal?: AbortSignal
  /** Default: the machine's own. */
  readonly clock?: Clock
  /**
   * Gets one event for each step that ended or failed. A rotation that cannot be audited stops. An emergency goes on: its events are kept in the journal, and the
   * next rotation writes them before anything else.
   */
  readonly audit?: AuditSink
  /** Replicas that `withoutAbsent` leaves out: the audit log and each receipt name them. Default: none. */
  readonly without?: readonly Replica[]
  /**
   * The journal with which the secret was rotated until now, by its name, where it is to leave that one for `journal`: no rotator may work with it any more.
   * The audit log names it. Default: a secret that names another journal is refused.
   */
  readonly fromJournal?: string
  /** Called at each step's begin and end and with what it waits for; awaited. */
  readonly onEvent?: (event: RotationEvent) => void | Promise<void>
  /** Called when an emergency has taken the claim of a live rotator over, before anything else is done. */
  readonly onTakeOver?: (from: Displaced) => void
  /** Called at the end of an emergency, also of one that failed, with the number of events that the audit log did not take. */
  readonly onUnaudited?: (count: number) => void
}
