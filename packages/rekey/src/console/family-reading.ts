import type { Hold, JournalEntry, RotationIntent } from '../journal/journal.ts'
import type { ScheduledRotation } from '../engine/schedule/schedule-rotations.ts'
import type { StagedSecret } from '@rekey/secret'
import type { Answer, SessionCount } from '@rekey/secret/internal/kind'
import type { AuditDamageView, AuditEntryView, GenerationView, LeakView } from './family-view.ts'

/** A family as store, journal and replicas describe it at one moment. */
export interface FamilyReading {
  /** `production`, `development`, … */
  readonly environment: string
  readonly secrets: readonly SecretReading[]
  /** Secrets that the store could not return, and why. */
  readonly unreadable: readonly { readonly secret: string; readonly error: unknown }[]
  /** Its audit log. Absent: it has none that could be read. */
  readonly audit?: AuditReading
  /** The CAs whose keystores can be examined from here. Absent: none was named. */
  readonly authorities?: readonly AuthorityReading[]
}

/** A CA as its keystore describes it without a passphrase, or why it does not. */
export type AuthorityReading = { readonly directory: string } & (
  KeystoreReading | { readonly error: unknown }
)

/** A CA as its keystore describes it without a passphrase. */
export interface KeystoreReading {
  /** The oldest first. */
  readonly generations: readonly GenerationView[]
  /** When the key that issues was last backed up, by its biography. Absent: never, or the biography is not sound. */
  readonly lastBackup?: Date
  /** When a backup was last restored in a drill, and whether that is long ago. */
  readonly drill: {
    readonly state: 'fresh' | 'stale' | 'absent' | 'unknown'
    readonly at?: Date
  }
}

/** The audit log of a family as it was last verified, or why it was not. */
export type AuditReading = VerifiedAudit | { readonly error: unknown }

/** An audit log whose chain was verified from its first entry. */
export interface VerifiedAudit {
  readonly verifiedAt: Date
  /** How many entries are sound, from the first. */
  readonly entries: number
  /** The first entry that is not sound, and why. Absent: each is. */
  readonly damage?: AuditDamageView
  /** The newest of the sound entries, the newest first. */
  readonly newest: readonly AuditEntryView[]
}

/** One secret as store, journal, schedule and replicas describe it. */
export interface SecretReading {
  /** Its name on the command line: `api-key frontend:signing`. */
  readonly title: string
  readonly kind: string
  readonly staged: StagedSecret
  /** Whether a rotation was begun and has not ended. */
  readonly open: boolean
  /** Its line in the journal; absent if it was never rotated. */
  readonly entry?: JournalEntry
  /** The intent of its open rotation, if the journal has it. */
  readonly intent?: RotationIntent
  /** Where its open rotation waits for an order. */
  readonly held?: HeldRotation
  /** When its turn is, if its kind has a policy. */
  readonly turn?: ScheduledRotation
  /** When its current version ends, if it has an end. */
  readonly expiresAt?: Date
  /** The answers of the replicas of each service that holds it; of a call, the sender's before the receiver's. */
  readonly answers: readonly ServiceAnswers[]
  /** Live versions that its replicas were about to print, and masked. Default: none. */
  readonly leaks?: readonly LeakView[]
  /** The sessions of each live version at the far side, or why they could not be counted. Absent: it keeps none. */
  readonly sessions?: readonly VersionSessions[] | { readonly error: unknown }
}

/** Where a rotation waits for an order, and when it goes on by itself. */
export interface HeldRotation extends Pick<Hold, 'at' | 'version'> {
  readonly since: Date
  readonly until?: Date
}

/** The sessions that the far side has open with one version. */
export interface VersionSessions {
  readonly version: string
  readonly clients: readonly SessionCount[]
}

/** The answers of the replicas of one service about one secret. */
export interface ServiceAnswers {
  readonly service: string
  readonly answers: readonly Answer[]
}
