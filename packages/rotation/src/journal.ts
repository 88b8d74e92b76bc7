import type { SecretVersion } from '@rekey/secret'
import type pg from 'pg'
import type { RevokedVersion } from './rotation-kind.ts'
import type { RotationEvent } from './steps.ts'

/**
 * Who rotates what, where it is going, and how far it got. The journal makes sure that one rotator works on a secret at a time:
 * a claim is a lease with an epoch, and a rotator whose lease was taken over finds that its epoch has passed.
 */
export interface RotationJournal {
  /** @throws {RotationError} `busy` naming the holder */
  claim(secret: string, holder: string, leaseMs: number): Promise<Claim>
  /** Where the last rotation of every secret stands. */
  entries(): Promise<readonly JournalEntry[]>
}

/** The right to rotate one secret, until it is released, expires, or is taken over. */
export interface Claim {
  /** Grows by one with every claim on this secret. */
  readonly epoch: number
  /** The course that an earlier claim set. */
  readonly course: Course | undefined
  /**
   * Sets where this rotation goes, and extends the lease.
   *
   * @throws {RotationError} `fenced`
   */
  steer(course: Course): Promise<void>
  /**
   * Writes the event down and extends the lease, in one compare-and-set on the epoch.
   *
   * @throws {RotationError} `fenced`
   */
  record(event: RotationEvent): Promise<void>
  /** Extends the lease. @throws {RotationError} `fenced` */
  renew(): Promise<void>
  /** Gives the secret free. Does nothing if the claim was taken over. */
  release(): Promise<void>
  /** See `StepContext.transaction`. */
  readonly transaction?: <T>(work: (client: pg.ClientBase) => Promise<T>) => Promise<T>
}

/** Where a rotation is going: what the stages in the store cannot tell. Holds no value. */
export interface Course {
  /** `emergency`: everything that was in the store when it began is to be revoked, without grace. */
  readonly goal: 'forward' | 'back' | 'emergency'
  /** The version that was current when it began. */
  readonly from: RevokedVersion
  /** The caller's idempotency key. */
  readonly request?: string
  /** Absent while it is open. */
  readonly outcome?: Rotated | 'undone'
}

/** What a finished rotation changed. */
export interface Rotated {
  readonly secret: string
  /** The version that is current since then. */
  readonly version: string
  /** Key id or role name that is gone. */
  readonly revoked: string
}

/** Where a secret's last rotation stands. */
export interface JournalEntry {
  readonly secret: string
  readonly epoch: number
  /** Absent when nobody holds it. */
  readonly holder?: string
  readonly course?: Course
  readonly step?: RotationEvent['step']
  readonly phase?: RotationEvent['phase']
  readonly at: Date
}

/** Whether a rotation was begun and has not come to its end. */
export function isOpen(course: Course | undefined): course is Course {
  return course !== undefined && course.outcome === undefined
}

/** What the journal keeps of a version. */
export function describeVersion({ version, id }: SecretVersion): RevokedVersion {
  return { version, ...(id !== undefined && { id }) }
}
