/** A family as the page shows it, in JSON: names, key ids, versions, times and counts; never a value. Times are in ISO 8601. */
export interface FamilyView {
  /** When store, journal and replicas were read. */
  readonly readAt: string
  readonly environment: string
  readonly secrets: readonly SecretView[]
  /** Secrets that the store could not return. */
  readonly unreadable: readonly ({ readonly secret: string } & ProblemView)[]
  /** Absent if the family has none that could be read. */
  readonly audit?: AuditView
  /** Absent if the console was given no keystore to look at. */
  readonly authorities?: readonly AuthorityView[]
  /** Why the last attempts to read failed; what is shown is from `readAt`. Absent while reading succeeds. */
  readonly problem?: ProblemView
}

/** Why something could not be read. */
export interface ProblemView {
  readonly code: string
  readonly message: string
}

/** The audit log of the family: as it was last verified, or why it was not. */
export type AuditView = VerifiedAuditView | ProblemView

/** An audit log whose chain was verified from its first entry. */
export interface VerifiedAuditView {
  readonly verifiedAt: string
  /** How many entries are sound, from the first. */
  readonly entries: number
  /** The first entry that is not sound, and why. Absent: each is. */
  readonly damage?: AuditDamageView
  /** Up to twenty of the sound entries, the newest first. */
  readonly newest: readonly AuditEntryView[]
}

/** The first entry of an audit log that is not sound, and why; of a log in PostgreSQL, the first one of that stream. */
export interface AuditDamageView {
  readonly entry: number
  readonly reason: string
  readonly stream?: number
}

/** An entry of the audit log, without its details. */
export interface AuditEntryView {
  readonly seq: number
  /** The stream of a log in PostgreSQL, which `seq` is of. */
  readonly stream?: number
  /** The database login that wrote it; empty in a log of an older release. */
  readonly writer?: string
  readonly at: string
  /** The program. */
  readonly actor: string
  /** The person or account that had it done. Absent: unknown. */
  readonly person?: string
  readonly action: string
  /** The name of the secret. */
  readonly subject: string
  readonly version?: string
  readonly outcome: 'succeeded' | 'refused' | 'failed'
}

/** A CA, or why it could not be examined. */
export type AuthorityView = { readonly directory: string } & (KeystoreView | ProblemView)

/** A CA as its keystore describes it without a passphrase. */
export interface KeystoreView {
  /** The oldest first. */
  readonly generations: readonly GenerationView[]
  /** Absent: never, or its biography is not sound. */
  readonly lastBackup?: string
  readonly drill: {
    /** `absent`: never; `unknown`: its report cannot be read, or the CA did not sign it. */
    readonly state: 'fresh' | 'stale' | 'absent' | 'unknown'
    readonly at?: string
  }
}

/** A generation of the key of a CA. */
export interface GenerationView {
  readonly generation: number
  /** `active`: it issues; the others by their place in the rotation. */
  readonly state: string
  readonly since: string
  /** The certificate: its subject and its time. Absent: it was only requested. */
  readonly certificate?: {
    readonly subject: string
    readonly notBefore: string
    readonly notAfter: string
  }
}

/** One secret. */
export interface SecretView {
  /** Its name on the command line. */
  readonly title: string
  readonly kind: string
  /** The services that hold it; of a call, the sender before the receiver. */
  readonly services: readonly string[]
  /** In the order current, pending, previous. */
  readonly versions: readonly VersionView[]
  readonly turn?: TurnView
  readonly expiresAt?: string
  /** Its open rotation, or the last one. */
  readonly rotation?: RotationView
  readonly holders: readonly HoldersView[]
  readonly uses: readonly UseView[]
  /** How many lines its replicas masked that held a live version. */
  readonly leakedLines: number
  /** Where these came from, up to twenty places. */
  readonly leaks: readonly LeakView[]
  /** The sessions at the far side by version, or why they could not be counted. Absent: it keeps none. */
  readonly sessions?: readonly SessionsView[] | ProblemView
  /** The commands that an operator should run, the most urgent first. */
  readonly next: readonly NextCommand[]
}

/** Lines in which a replica was about to print a live version, and masked it. */
export interface LeakView {
  readonly replica: string
  readonly version: string
  /** How it was spelled. */
  readonly encoding: string
  /** By which output it was leaving. */
  readonly channel?: string
  /** The code that printed the first of them. */
  readonly callSite?: string
  /** Since the start of the replica. */
  readonly count: number
}

/** The sessions of one version. */
export interface SessionsView {
  readonly version: string
  /** All of them. */
  readonly sessions: number
  /** By the name that each client gives itself, the most first, up to twenty. */
  readonly clients: readonly { readonly client: string; readonly sessions: number }[]
}

/** One live version. */
export interface VersionView {
  readonly stage: 'pending' | 'current' | 'previous'
  readonly version: string
  /** Key id or role name. */
  readonly id?: string
  readonly createdAt?: string
  readonly ifRevoked: RevokePreview
}

/** The consequence of a revocation of one version at this moment, as far as the reports of the replicas show it. */
export interface RevokePreview {
  /** `breaks`: calls are refused that are answered now; `nothing`: none is; `unknown`: replicas did not answer, and none of the others is refused. */
  readonly verdict: 'breaks' | 'nothing' | 'unknown'
  /** How many replicas hold it, at both ends. */
  readonly holders: number
  /** How many replicas did not answer, at both ends. */
  readonly silent: number
  /** The replicas whose calls are refused until they have loaded another version. */
  readonly refused: readonly RefusedCaller[]
  /** How many these are; a view names up to twenty of them. */
  readonly refusedInAll: number
  /** How many replicas are refused at first, and answered with the other version that they hold; not if the body of the request is a stream. */
  readonly retrying: number
  /** The last use that a replica has reported. Absent: none was. */
  readonly lastUse?: LastUseView
  /** The reports that this is based on, in words. */
  readonly evidence: string
}

/** A replica whose calls are refused. */
export interface RefusedCaller {
  readonly replica: string
  /** By how many receivers. Absent where the far side is not a service of the family. */
  readonly by?: number
}

/** The last use of a version. */
export interface LastUseView {
  /** A replica, or the address of a caller and the replica that it called. */
  readonly who: string
  readonly at: string
}

/** When a secret is to be rotated, by its policy. */
export interface TurnView {
  readonly reason: string
  readonly isDue: boolean
  readonly isOverdue: boolean
  readonly dueAt?: string
  /** It is due, and its window is closed. */
  readonly outside?: { readonly window: string; readonly opensAt: string }
}

/** Where a rotation waits for an order, and until when at most. */
export interface HoldView {
  readonly at: string
  readonly since: string
  readonly version: string
  readonly until?: string
}

/** A rotation, as the journal has it. */
export interface RotationView {
  readonly isOpen: boolean
  readonly mode: 'forward' | 'rollback' | 'emergency'
  readonly step?: string
  readonly phase?: string
  /** When the journal was last written. */
  readonly at?: string
  /** Before then its step has nothing to do. */
  readonly resumesAt?: string
  readonly held?: HoldView
  /** Who works on it now. */
  readonly holder?: string
  /** The version that the far side refuses by its last receipt, and the evidence of that. */
  readonly receipt?: { readonly version: string; readonly evidence: string; readonly at: string }
}

/** Which versions the replicas of one service hold. */
export interface HoldersView {
  readonly service: string
  readonly replicas: number
  /** How many have loaded each live version. */
  readonly loaded: Readonly<Record<string, number>>
  /** Those that have not loaded the current version, up to twenty of them. */
  readonly late: readonly LateReplica[]
}

/** A replica that has not loaded the current version. */
export interface LateReplica {
  readonly replica: string
  readonly reason: string
}

/** How often the replicas of one service that answered used one version, and how often it was refused. */
export interface UseView {
  readonly service: string
  readonly version: string
  readonly uses: number
  readonly failures: number
  readonly lastUsedAt?: string
  /** Uses between two readings, up to sixty of them, the oldest first. */
  readonly recent: readonly number[]
  /** Refusals between two readings, of the same moments. */
  readonly recentFailures: readonly number[]
}

/** A command for an operator, and the reason for it. */
export interface NextCommand {
  readonly urgency: 'act' | 'plan'
  readonly reason: string
  readonly command: string
}
