import { RotationError, type RotationErrorCode } from '@rekey/rotation'
import { SecretError } from '@rekey/secret'
import { CommanderError } from 'commander'

/** The command line names something that does not exist. */
export class UsageError extends Error {}

/** For automation: 0 done, 1 failed, 2 wrong usage, and these. */
const EXIT_CODES: Readonly<Record<RotationErrorCode, number>> = {
  busy: 3,
  stopped: 4,
  undone: 5,
  fenced: 6,
}

/** What happened, for a rotation also where things stand. */
const STANDING: Readonly<Record<RotationErrorCode, string>> = {
  busy: 'nothing was changed',
  stopped: 'nothing was lost; run the same command again to go on',
  undone: 'everything is as it was before',
  fenced: 'this rotator changed nothing further',
}

/** One line that says what failed and what to do. No stack, no value. */
export function describeFailure(error: unknown): string {
  if (error instanceof RotationError) return `${error.message} (${STANDING[error.code]})`
  if (error instanceof SecretError) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.message : 'failed for an unknown reason'
}

/** The exit code that tells a script which failure it was. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof UsageError) return 2
  return error instanceof RotationError ? EXIT_CODES[error.code] : 1
}
