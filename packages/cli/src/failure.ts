import { FamilyError } from '@rekey/family'
import { RotationError, type RotationErrorCode } from '@rekey/rotation'
import { type ErrorDetails, SecretError } from '@rekey/secret'
import { CommanderError } from 'commander'
import { z } from 'zod'

/** The command line names something that does not exist. */
export class UsageError extends Error {}

/** A signal, or the operator at a question, ended the command. */
export class StoppedError extends Error {}

/** Meanings of the exit codes, the same for every command; `--help` and the README show them. */
export const EXIT_CODE_MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done'],
  [1, 'failed, or a check found something'],
  [2, 'wrong usage: nothing was done'],
  [3, 'another rotator is at work: nothing was changed'],
  [4, 'stopped by a signal or a closed output: run it again to continue'],
  [5, 'rolled back: everything is as it was before'],
  [6, 'fenced: another rotator has taken over'],
  [7, 'nothing failed, but a secret is overdue'],
]

const EXIT_CODES: Readonly<Record<RotationErrorCode, number>> = {
  busy: 3,
  stopped: 4,
  'rolled-back': 5,
  fenced: 6,
}

/** The exit code of a command that a signal ended, or whose output nothing reads any more. */
export const STOPPED = EXIT_CODES.stopped

/** The exit code where nothing failed, but a secret is older than its policy allows. */
export const OVERDUE = 7

/** Failures that most need an operator come first: a refusal recurs at every run, a stopped rotation resumes at the next. */
const WORST_FIRST = [
  2,
  1,
  EXIT_CODES['rolled-back'],
  EXIT_CODES.stopped,
  EXIT_CODES.fenced,
  OVERDUE,
]

/** The outcome, for a rotation also its state. */
const STANDING: Readonly<Record<RotationErrorCode, string>> = {
  busy: 'nothing was changed',
  stopped: 'nothing was lost; run the same command again to go on',
  'rolled-back': 'everything is as it was before',
  fenced: 'this rotator changed nothing further',
}

/** One line with what failed and what to do. No stack, no value. */
export function describeFailure(error: unknown): string {
  if (error instanceof RotationError) return `${error.message} (${STANDING[error.code]})`
  if (error instanceof SecretError) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.message : 'failed for an unknown reason'
}

/** A failure as `--json` has it: of the command, or of one secret of several. */
export const FAILURE = z
  .object({
    type: z.literal('failure'),
    // eslint-disable-next-line @rekey/min-key-length -- the name of a secret, which is of any length
    secret: z.string().optional().describe('the secret that failed, where the others went on'),
    outcome: z.enum(['failed', 'busy']),
    code: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    exitCode: z.int(),
  })
  .describe('A failure of the command, or of one secret.')

/** Describes a failure for programs. No stack, no value. */
export function failureDocument(error: unknown, secret?: string): z.output<typeof FAILURE> {
  const code = codeOf(error)
  return {
    type: 'failure',
    ...(secret !== undefined && { secret }),
    outcome: code === 'busy' ? 'busy' : 'failed',
    code,
    message: describeFailure(error),
    details: detailsOf(error),
    exitCode: exitCodeOf(error),
  }
}

function codeOf(error: unknown): string {
  if (error instanceof RotationError || error instanceof SecretError) return error.code
  if (error instanceof StoppedError) return 'stopped'
  return exitCodeOf(error) === 2 ? 'usage' : 'failed'
}

function detailsOf(error: unknown): ErrorDetails {
  if (error instanceof SecretError) return error.details
  if (!(error instanceof RotationError)) return {}
  const { secret, step, reason } = error
  return { secret, ...(step && { step }), ...(reason && { reason }) }
}

/** The exit code of a failure, for scripts. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof StoppedError) return STOPPED
  if (error instanceof UsageError || error instanceof FamilyError) return 2
  return error instanceof RotationError ? EXIT_CODES[error.code] : 1
}

/** The exit code of a command that did several things: the worst of theirs. One that is busy is no failure. */
export function worstOf(exitCodes: readonly number[]): number {
  return WORST_FIRST.find((code) => exitCodes.includes(code)) ?? 0
}
