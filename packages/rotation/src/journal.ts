import type { RotationEvent } from './steps.ts'

/**
 * Who rotates what, and how far it got. The journal makes sure that one rotator works on a secret at a time: a claim is a
 * lease with an epoch, and a rotator whose lease was taken over finds that its epoch has passed.
 */
export interface RotationJournal {
  /** @throws {RotationError} `busy` naming the holder */
  claim(secret: string, holder: string, leaseMs: number): Promise<Claim>
  /** The last event of every secret that was ever rotated. */
  entries(): Promise<readonly JournalEntry[]>
}

/** The right to rotate one secret, until it is released, expires, or is taken over. */
export interface Claim {
  /** Grows by one with every claim on this secret. */
  readonly epoch: number
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
}

/** Where a secret's last rotation stands. */
export interface JournalEntry {
  readonly secret: string
  readonly epoch: number
  /** Absent when nobody holds it. */
  readonly holder?: string
  readonly step?: RotationEvent['step']
  readonly phase?: RotationEvent['phase']
  readonly at: Date
}
