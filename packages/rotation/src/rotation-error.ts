import type { SecretErrorCode } from '@rekey/secret'
import type { RotationEvent } from './steps.ts'

/**
 * Why a rotation did not finish.
 *
 * - `busy`: somebody else is rotating this secret; nothing was touched
 * - `fenced`: this rotator's claim was taken over while it was away; it did nothing further
 * - `undone`: a definite refusal before `promote`; everything is as it was before
 * - `stopped`: no definite answer, or a wait that ran out; everything stays where it is, and running it again resumes
 */
export type RotationErrorCode = 'busy' | 'fenced' | 'undone' | 'stopped'

/** The error of a rotation. Its message says what to do; it holds no value and no cause. */
export class RotationError extends Error {
  readonly code: RotationErrorCode
  readonly secret: string
  readonly step: RotationEvent['step'] | undefined
  /** The code of the failure beneath, where there was one. */
  readonly reason: SecretErrorCode | undefined

  constructor(
    code: RotationErrorCode,
    secret: string,
    message: string,
    at: { step?: RotationEvent['step']; reason?: SecretErrorCode } = {},
  ) {
    super(message)
    this.name = 'RotationError'
    this.code = code
    this.secret = secret
    this.step = at.step
    this.reason = at.reason
  }
}

/** The error for a secret that `holder` is rotating. */
export function busy(secret: string, holder: string): RotationError {
  return new RotationError(
    'busy',
    secret,
    `${secret} is being rotated by ${holder}: wait until it has finished, or until its lease ends`,
  )
}

/** The error for a rotator whose claim has passed to another. */
export function fenced(secret: string): RotationError {
  return new RotationError(
    'fenced',
    secret,
    `another rotator took ${secret} over while this one was away: look at its status, then run again`,
  )
}
