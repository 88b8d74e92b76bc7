import type { StartupError } from '@rekey/config-loader'
import { FamilyError } from '../family/family-error.ts'
import { RotationError, type RotationErrorCode } from '../engine/rotation-error.ts'
import type { ErrorDetails } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'
import { CommanderError } from 'commander'
import type { z } from 'zod'
import type { FAILURE } from './json-output.ts'

/** The command line names something that does not exist. */
export class UsageError extends Error {}

/** A signal, or the operator at a question, ended the command. */
export class StoppedError extends Error {}

/** An exit code, its meaning and its remedy. */
interface ExitCode {
  readonly code: number
  readonly meaning: string
  readonly remedy: string
}

/** The exit codes, the same for every command; `--help` and the README show them. */
export const EXIT_CODE_TABLE: readonly ExitCode[] = [
  { code: 0, meaning: 'done', remedy: '' },
  { code: 1, meaning: 'failed, or a check found something', remedy: 'read the message' },
  {
    code: 2,
    meaning: 'wrong usage: nothing was done',
    remedy: 'correct the command or the family file',
  },
  { code: 3, meaning: 'another rotator is at work: nothing was changed', remedy: 'wait for it' },
  {
    code: 4,
    meaning: 'stopped, or a server gave no answer: run it again to continue',
    remedy: 'mend what the message names, run it again',
  },
  {
    code: 5,
    meaning: 'rolled back: everything is as it was before',
    remedy: 'mend the cause, then rotate',
  },
  { code: 6, meaning: 'fenced: another rotator has taken over', remedy: 'look at `status`' },
  { code: 7, meaning: 'nothing failed, but a secret is overdue', remedy: 'rotate it' },
  {
    code: 8,
    meaning: 'a disk is full or read-only: run it again to continue',
    remedy: 'free space, or mount it writable, where the message names it; run it again',
  },
]

/** How a scheduler treats the exit codes. */
export const SCHEDULER_RULE =
  'The next run of a scheduler continues after 3, 4 and 6: alert only if they last. 1, 2, 5, 7 and 8 need a person.'

/** The exit codes that do not pass by themselves. */
export const NEEDS_A_PERSON: ReadonlySet<number> = new Set([1, 2, 5, 7, 8])

const EXIT_CODES: Readonly<Record<RotationErrorCode, number>> = {
  busy: 3,
  'other-journal': 2,
  postponed: 4,
  held: 4,
  'not-held': 2,
  stopped: 4,
  stuck: 4,
  'rolled-back': 5,
  fenced: 6,
}

/** The exit code of a command that a signal ended, whose output nothing reads any more, or that got no answer. */
const STOPPED = EXIT_CODES.stopped

/** The exit code where nothing failed, but a secret is older than its policy allows. */
export const OVERDUE = 7

/** The exit code where a file could not be written, as its disk is full or read-only. */
export const UNWRITABLE = 8
const UNWRITTEN = 'unwritable'

/** Failures that most need an operator come first: a refusal recurs at every run, a stopped rotation resumes at the next. */
const WORST_FIRST = [
  2,
  1,
  UNWRITABLE,
  EXIT_CODES['rolled-back'],
  EXIT_CODES.stopped,
  EXIT_CODES.fenced,
  OVERDUE,
]

/** The outcome, for a rotation also its state. */
const STANDING: Readonly<Record<RotationErrorCode, string>> = {
  busy: 'nothing was changed',
  'other-journal': 'nothing was changed',
  postponed: 'it is well; a scheduled run goes on then, and so does the same command',
  held: 'it is well; nothing but an order is needed',
  'not-held': 'nothing was changed',
  stopped: 'nothing was lost; to continue, run the same command again',
  stuck:
    'nothing was lost; restart the replica and run the same command again, or continue without it: --without REPLICA',
  'rolled-back': 'everything is as it was before',
  fenced: 'this rotator changed nothing further',
}

/** One line with what failed and what to do. No stack, no value. */
export function describeFailure(error: unknown): string {
  if (error instanceof RotationError) return `${error.message} (${STANDING[error.code]})`
  if (error instanceof SecretError) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.message : 'failed for an unknown reason'
}

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
  const { secret, step, reason, details } = error
  return { ...details, secret, ...(step && { step }), ...(reason && { reason }) }
}

/** The exit code of a failure, for scripts. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof StoppedError) return STOPPED
  if (error instanceof UsageError || error instanceof FamilyError) return 2
  if (isUnwritable(error)) return UNWRITABLE
  if (isUnanswered(error)) return STOPPED
  return error instanceof RotationError ? EXIT_CODES[error.code] : 1
}

/** The exit code of a command that was stopped, by the reason of its signal: the disk of its output is full, or any other. */
export function stopCodeOf({ reason }: AbortSignal): number {
  return isUnwritable(reason) ? UNWRITABLE : STOPPED
}

/** Whether a file could not be written, which may have stopped a rotation. */
function isUnwritable(error: unknown): boolean {
  if (error instanceof RotationError) return error.code === 'stopped' && error.reason === UNWRITTEN
  return error instanceof SecretError && error.code === UNWRITTEN
}

/** Whether all that failed is that a store or a server did not answer, so that a later run can succeed as it is. */
function isUnanswered(error: unknown): boolean {
  if (isStartupError(error)) return error.problems.every(isNoAnswer)
  return error instanceof SecretError && isNoAnswer(error)
}

/** Its class is that of the loader, which most commands do without. */
function isStartupError(error: unknown): error is StartupError {
  return error instanceof Error && 'code' in error && error.code === 'startup-refused'
}

function isNoAnswer({ code }: Pick<SecretError, 'code'>): boolean {
  return code === 'unreachable'
}

/** The exit code of a command that did several things: the worst of theirs. One that is busy is no failure. */
export function worstOf(exitCodes: readonly number[]): number {
  return WORST_FIRST.find((code) => exitCodes.includes(code)) ?? 0
}
