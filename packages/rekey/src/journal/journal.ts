import type { LateUse, LostVersion, RevokedVersion, Step } from '@rekey/secret/internal/kind'
import type { SqlClient } from '@rekey/secret/kind'
import { liveVersions } from '@rekey/secret/internal'
import type { StagedSecret } from '@rekey/secret'
import type { Unaudited } from './audit-spool.ts'
import type { ClaimOptions, Displaced } from './emergency-claim.ts'

/**
 * The seven steps and four more: `confirm-revoked` waits until every replica has dropped the revoked version; `roll-back` is the
 * reverse of `promote`, `abort` that of `admit` and `stage`; `sweep` removes credentials that no rotation has a record of.
 */
export type AnyStep = Step | 'confirm-revoked' | 'roll-back' | 'abort' | 'sweep'

/**
 * Where a rotation may be held: once the new version is current, or once every replica uses it and the old one is silent. Never before `promote`: a
 * far side that holds one value accepts the new one alone by then.
 */
export const HOLD_POINTS = ['after-promote', 'after-confirm'] as const

/** See {@link HOLD_POINTS}. */
export type HoldPoint = (typeof HOLD_POINTS)[number]

/** A rotation that is held until an operator lets it go on, once in each rotation. */
export interface Hold {
  readonly at: HoldPoint
  /** In milliseconds since the epoch, by the clock of the rotator. */
  readonly since: number
  /** The version that the rotation made, by which an operator names this hold and no other. */
  readonly version: string
  /** Whether an operator has let it go on. */
  readonly isOver?: boolean
}

/** Something that happened in a rotation. */
export interface RotationEvent {
  /** The secret's name in the store. */
  readonly secret: string
  readonly step: AnyStep
  readonly phase: 'begin' | 'end' | 'waiting' | 'alarm'
  /** The awaited event, and who is late; of an alarm, who used what. Never a value. */
  readonly message?: string
  /** Of `waiting`: the health URLs of the replicas that are waited for. Absent: no replica is. */
  readonly replicas?: readonly string[]
  /** Set with `alarm`. */
  readonly lateUse?: LateUse
}

/**
 * Holds the claim, the intent and the last step of each rotation. The journal makes sure that one rotator works on a secret at a time:
 * a claim is a lease with an epoch, and a rotator whose lease was taken over finds that its epoch has passed.
 */
export interface RotationJournal {
  /**
   * Distinguishes it from every other journal that the same secret could be rotated with: `store` for the one that the secret's store keeps, a lasting
   * random name for one in a database. A small letter, then up to 26 small letters, digits and hyphens.
   */
  readonly name: string
  /** @throws {RotationError} `busy` naming the holder */
  claim(secret: string, holder: string, leaseMs: number, options?: ClaimOptions): Promise<Claim>
  /** Where the last rotation of each of these secrets stands, or of every one. */
  entries(secrets?: readonly string[]): Promise<readonly JournalEntry[]>
  /** A text that differs once a rotation has begun, taken a step or ended since, for a fraction of what reading the entries costs. Absent: nothing as cheap is known. */
  mark?(): Promise<string>
}

/** The right to rotate one secret, until it is released, expires, or is taken over. */
export interface Claim {
  /** Grows by one with every claim on this secret. */
  readonly epoch: number
  /** The intent that an earlier claim set. */
  readonly intent: RotationIntent | undefined
  /** The live rotator that it was taken from: see `ClaimOptions.isEmergency`. */
  readonly takenFrom?: Displaced | undefined
  /** The step that the claim before it began and did not end, as far as the journal knows. */
  readonly begun?: AnyStep | undefined
  /**
   * Sets the intent of this rotation, and extends the lease; within the transaction of `client` if one is given.
   *
   * @throws {RotationError} `fenced`
   */
  setIntent(intent: RotationIntent, client?: SqlClient): Promise<void>
  /**
   * Writes the event down, sets the intent if one is given, and extends the lease, in one compare-and-set on the epoch.
   *
   * @throws {RotationError} `fenced`
   */
  record(event: RotationEvent, intent?: RotationIntent): Promise<void>
  /** Extends the lease. @throws {RotationError} `fenced` */
  renew(): Promise<void>
  /** Gives the secret free. Does nothing if the claim was taken over. */
  release(): Promise<void>
  /** See `StepContext.transaction`. */
  readonly transaction?: <T>(work: (client: SqlClient) => Promise<T>) => Promise<T>
}

/** Proof that the far side refuses a version, written when it was shown. */
export interface RevocationReceipt extends RevokedVersion {
  /** In milliseconds since the epoch, by the clock of the rotator. */
  readonly at: number
  /** The evidence: "role app_g1 does not exist". */
  readonly evidence: string
  /** Whether the account of the version is still there, closed. */
  readonly isKept?: boolean
}

/** The intent of a rotation: what the stages in the store cannot show. Holds no value. */
export interface RotationIntent {
  /** `emergency`: everything that was in the store when it began is to be revoked, without grace. */
  readonly mode: 'forward' | 'rollback' | 'emergency'
  /** The version that was current when it began. */
  readonly from: RevokedVersion
  /** Whether an emergency has still to abort or revoke the versions of the rotation that it found open. */
  readonly isClearing?: boolean
  /** The version that becomes current; absent before `promote`. */
  readonly to?: RevokedVersion
  /** When `promote` began, in milliseconds since the epoch, by the clock of the rotator. */
  readonly promotedAt?: number
  /** Versions that left the store outside of a rotation, or with the rotation that an emergency found open, and have no receipt; this rotation closes them at its end. */
  readonly lost?: readonly RevokedVersion[] | undefined
  /** When the step under way has something to do again, in milliseconds since the epoch: see `StepContext.postpone`. */
  readonly resumesAt?: number | undefined
  /** Where it is held, or was. Its end by itself, if it has one, is `resumesAt`. */
  readonly hold?: Hold | undefined
  /** Of a far side that holds one value: when it was asked to change, in milliseconds since the epoch, and how long logins may have failed. */
  readonly gap?: { readonly begunAt: number; readonly lastedMs?: number }
  /** Observations of the kind in this rotation, for the run that resumes it. */
  readonly progress?: unknown
  /** The last 16, of this rotation and of those before it. */
  readonly receipts?: readonly RevocationReceipt[]
  /** The last 16 versions of this secret that have an account at the far side and no receipt. */
  readonly accounts?: readonly LostVersion[]
  /** Events of an emergency that the audit log did not take: the next rotation writes them there before anything else. */
  readonly unaudited?: Unaudited | undefined
  /** The caller's idempotency key. */
  readonly request?: string
  /** Absent while it is open. */
  readonly outcome?: Rotated | 'rolled-back'
}

/** Changes made by a finished rotation. */
export interface Rotated {
  readonly secret: string
  /** The version that is current since then. */
  readonly version: string
  /** Key id, role name or version that the far side refuses, by its receipt. */
  readonly revoked?: string
  /** Versions that left the store without a receipt: the far side could not be asked whether it refuses them. */
  readonly unproven?: readonly string[]
  /** Credentials that the far side accepted, though the store did not hold them, until this rotation closed them: role names. */
  readonly closed?: readonly string[]
  /** Accounts that can act as the service though the store holds no version of them, and that this rotation left open: role names. */
  readonly strangers?: readonly string[]
  /** How long logins may have failed, in milliseconds, where the far side holds one value. */
  readonly gapMs?: number
  /** Who used a version after its time. */
  readonly lateUses?: readonly LateUse[]
}

/** Where a secret's last rotation stands. */
export interface JournalEntry {
  readonly secret: string
  readonly epoch: number
  /** Absent when no rotator holds it: also one that was killed, once its lease is over. */
  readonly holder?: string
  readonly intent?: RotationIntent
  readonly step?: RotationEvent['step']
  readonly phase?: RotationEvent['phase']
  readonly at: Date
}

/** Whether a rotation was begun and has not come to its end. */
export function isOpen(intent: RotationIntent | undefined): intent is RotationIntent {
  return intent !== undefined && intent.outcome === undefined
}

const RECEIPTS_KEPT = 16

/** Adds a receipt in the place of an older one of the same version. */
export function withReceipt(
  receipts: readonly RevocationReceipt[] = [],
  receipt: RevocationReceipt,
): RevocationReceipt[] {
  const others = receipts.filter(({ version }) => version !== receipt.version)
  return [...others, receipt].slice(-RECEIPTS_KEPT)
}

/** The receipt of a version. */
export function receiptFor(
  intent: RotationIntent | undefined,
  { version }: RevokedVersion,
): RevocationReceipt | undefined {
  return intent?.receipts?.find((receipt) => receipt.version === version)
}

/** The receipts that still hold: a version that is in the store again is accepted again. */
export function receiptsBeside(intent: RotationIntent | undefined, staged: StagedSecret) {
  return intent?.receipts?.filter((receipt) => !isLive(staged, receipt)) ?? []
}

/** The versions that the journal knows to have been current, that the store does not hold, and that have no receipt. */
export function lostVersions(
  intent: RotationIntent | undefined,
  staged: StagedSecret,
): RevokedVersion[] {
  if (intent === undefined) return []
  const { from, to, mode, outcome, lost = [] } = intent
  // A version that was rolled back has been refused by the far side since its abort.
  const wasRolledBack = mode === 'rollback' && outcome === 'rolled-back'
  const known = [...lost, from, ...(to === undefined || wasRolledBack ? [] : [to])]
  const gone = known.filter((each) => !isLive(staged, each) && !receiptFor(intent, each))
  return [...new Map(gone.map((each) => [each.version, each])).values()]
}

/** Whether the store holds a version. */
export function isLive(staged: StagedSecret, { version }: RevokedVersion): boolean {
  return liveVersions(staged).some((live) => live.version === version)
}
