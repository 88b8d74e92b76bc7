import type { ErrorDetails, SecretErrorCode } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'
import type { EmergencyClaim } from '../journal/emergency-claim.ts'
import type { AnyStep, Hold, RotationEvent } from '../journal/journal.ts'

/**
 * Why a rotation did not finish.
 *
 * - `busy`: another rotator is rotating this secret; nothing was touched
 * - `other-journal`: the secret is rotated with another journal, so another rotator may be at work on it unseen; nothing was touched
 * - `fenced`: this rotator's claim was taken over, while it was away or by an emergency; it did nothing further. Of an emergency the detail `emergency` has its holder
 * - `rolled-back`: a definite refusal before `revoke`; everything is as it was before
 * - `postponed`: the step has nothing to do before the time in the detail `until`; the first run after it goes on
 * - `held`: it waits until an operator lets it go on; the details `at`, `since` and `version` have where, when and which, and `until` its end, if it ends by itself
 * - `not-held`: the rotation that is to go on is not held; nothing was touched
 * - `stopped`: no definite answer, or a wait that ran out; everything stays where it is, and running it again resumes
 * - `stuck`: the same, since replicas that the fleet lists do not answer; the detail `absent` has their addresses
 */
export type RotationErrorCode =
  | 'busy'
  | 'other-journal'
  | 'fenced'
  | 'rolled-back'
  | 'postponed'
  | 'held'
  | 'not-held'
  | 'stopped'
  | 'stuck'

/** The error of a rotation. Its message ends with what to do; it holds no value and no cause. */
export class RotationError extends Error {
  readonly code: RotationErrorCode
  readonly secret: string
  readonly step: RotationEvent['step'] | undefined
  /** The code of the failure beneath, where there was one. */
  readonly reason: SecretErrorCode | undefined
  /** Facts about that failure: the replica that rejects a version, and why. */
  readonly details: ErrorDetails

  constructor(
    code: RotationErrorCode,
    secret: string,
    message: string,
    at: { step?: RotationEvent['step']; reason?: SecretErrorCode; details?: ErrorDetails } = {},
  ) {
    super(message)
    this.name = 'RotationError'
    this.code = code
    this.secret = secret
    this.step = at.step
    this.reason = at.reason
    this.details = at.details ?? {}
  }
}

/** The error for a secret that `holder` is rotating. */
export function busy(secret: string, holder: string, leftMs?: number): RotationError {
  return new RotationError('busy', secret, `${holder} is rotating ${secret}: ${waitFor(leftMs)}`)
}

function waitFor(leftMs: number | undefined): string {
  const end = leftMs === undefined ? '' : ` (in ${Math.ceil(leftMs / 1_000)} s unless it renews it)`
  return `wait until it has finished or its lease ends${end}`
}

/** The error for an emergency on a secret for which `holder` carries out another one. */
export function busyWithEmergency(secret: string, holder: string, leftMs?: number): RotationError {
  const message = `${secret} is being rotated without grace by ${holder} already: ${waitFor(leftMs)}`
  return new RotationError('busy', secret, message)
}

/** The error for a rotator whose claim, of `epoch`, has passed to another; `emergency` is the last one on the secret. */
export function fenced(secret: string, epoch: number, emergency?: EmergencyClaim): RotationError {
  if (emergency === undefined || emergency.epoch <= epoch) {
    const message = `another rotator took ${secret} over while this one was away: check its status, then run again`
    return new RotationError('fenced', secret, message)
  }
  const { holder } = emergency
  const message = `${secret} has leaked, and ${holder} took it over to rotate it without grace: wait for that rotation, and check its status before you run again`
  return new RotationError('fenced', secret, message, { details: { emergency: holder } })
}

/** The error for a rotation that another request has opened. */
export function openFor(secret: string, request: string | undefined): RotationError {
  const whose = request === undefined ? 'without a key' : `as ${request}`
  return new RotationError(
    'busy',
    secret,
    `a rotation of ${secret} is open, requested ${whose}: finish it with the same key or with none, or roll it back`,
  )
}

/** The error that ends a run until a time. */
export function postponed(
  secret: string,
  step: AnyStep | undefined,
  { until, why }: { readonly until: number; readonly why: string },
): RotationError {
  const message = `${secret} goes on at ${new Date(until).toISOString()}: ${why}`
  const at = { ...(step !== undefined && { step }), details: { until } }
  return new RotationError('postponed', secret, message, at)
}

/** The error that ends a run until an operator lets the rotation go on, or until the end of the overlap. */
export function heldAt(
  secret: string,
  { at, since, version }: Hold,
  until: number | undefined,
): RotationError {
  const end = until === undefined ? '' : `, at most until ${new Date(until).toISOString()}`
  const where = `${describeHoldPoint(at)} since ${new Date(since).toISOString()}${end}`
  const message = `${secret} is held ${where}: rekey rotate ${secret} --go ${version} lets it go on, rekey rollback ${secret} rolls it back`
  const details = { at, since, version, ...(until !== undefined && { until }) }
  return new RotationError('held', secret, message, { details })
}

/** `after promote`. */
export function describeHoldPoint(at: Hold['at']): string {
  return at.replace('-', ' ')
}

/** Whether a run ended until a time or an order, with nothing amiss. */
export function isPostponed(error: unknown): error is RotationError {
  return error instanceof RotationError && (error.code === 'postponed' || error.code === 'held')
}

/** A definite "no", as opposed to no answer. Only this is rolled back; anything else may still come true. */
export function isDefinite(error: unknown): error is RotationError {
  return (
    error instanceof RotationError && (error.reason === 'rejected' || error.reason === 'refused')
  )
}

/** The error for a rotation that was rolled back because of `cause`. */
export function rolledBack(error: RotationError): RotationError {
  const { secret, message, step, reason, details } = error
  const at = { ...(step && { step }), ...(reason && { reason }), details }
  return new RotationError('rolled-back', secret, message, at)
}

/** Whether the store or the journal was changed by another. */
export function isConflict(error: unknown): boolean {
  return error instanceof SecretError && error.code === 'conflict'
}

/** The error of a store, a journal or a far side as that of a rotation; any other as it is. */
export function toRotationError(
  error: unknown,
  secret: string,
  step: AnyStep | undefined,
): unknown {
  if (!(error instanceof SecretError)) return error
  const message = `${secret} stopped at ${step ?? 'its journal or store'}: ${error.message}`
  const { code: reason, details } = error
  const at = { ...(step !== undefined && { step }), reason, details }
  return new RotationError(
    details['absent'] === undefined ? 'stopped' : 'stuck',
    secret,
    message,
    at,
  )
}
