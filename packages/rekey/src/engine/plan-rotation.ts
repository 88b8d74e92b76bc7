import { SecretError, type SecretStore, type StagedSecret } from '@rekey/secret'
import {
  hasPending,
  hasPrevious,
  type Step,
  STEPS,
  type StrangersToClose,
} from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import { divideStrangers } from './accounts.ts'
import { isOpen, type JournalEntry, type RotationJournal } from '../journal/journal.ts'
import { RotationError } from './rotation-error.ts'
import { checkJournal } from '../journal/secret-journal.ts'

/** The plan of a rotation, and its known obstacles. Planning changes nothing. */
export interface RotationPlan {
  readonly secret: string
  /** `forward` if a rotation would begin or go on, `back` if an open one is being rolled back. */
  readonly mode: 'forward' | 'rollback' | 'emergency'
  /** Whether a rotation was begun already. */
  readonly isOpen: boolean
  /** The rotator that works on it at this moment, if any. */
  readonly holder?: string
  readonly steps: readonly PlannedStep[]
  /**
   * Accounts that can act as the service though the store holds no version of them: the rotation closes those that the journal has a
   * record of; the others stay, unless `compromised` or `closeStrangers` is set. Absent: there is none.
   */
  readonly strangers?: StrangersToClose
  /** The rights that the rotator lacks for the steps, each with how to give it. Absent: none, or the far side does not show them. */
  readonly lacks?: readonly string[]
  /** See `RotationKind.lateCall`. */
  readonly lateCall?: string
}

/** One of the seven steps. */
export interface PlannedStep {
  readonly step: Step
  /** Whether an earlier run has done it. */
  readonly isDone: boolean
  readonly what: string
}

/**
 * Shows what {@link rotate} would do now. Reads only.
 *
 * @throws {RotationError} `stopped` if it cannot even be planned; `other-journal` as {@link rotate}
 */
export async function planRotation(
  kind: RotationKind,
  { store, journal, fromJournal, signal }: PlanOptions,
): Promise<RotationPlan> {
  const [entry] = await journal.entries([kind.name])
  const intent = isOpen(entry?.intent) ? entry.intent : undefined
  try {
    const staged = await store.read(kind.name, signal)
    checkJournal(staged, { journal: journal.name, fromJournal })
    const until = signal ?? new AbortController().signal
    const plan = await kind.plan(staged, until)
    const lacks = (await kind.lacks?.(staged, until)) ?? []
    const strangers = (await kind.strangers?.(staged, until)) ?? []
    const done = doneBy(staged)
    const steps = STEPS.map((step, at) => ({ step, isDone: at < done, what: plan[step] }))
    const isBegun = intent !== undefined || done > 0
    return {
      secret: kind.name,
      mode: intent?.mode ?? 'forward',
      isOpen: isBegun,
      ...holderOf(entry),
      steps,
      ...(lacks.length > 0 && { lacks }),
      ...(kind.lateCall !== undefined && { lateCall: kind.lateCall }),
      ...(strangers.length > 0 && { strangers: divideStrangers(entry?.intent, strangers) }),
    }
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    const message = `${kind.name} cannot be planned: ${error.message}`
    throw new RotationError('stopped', kind.name, message, { reason: error.code })
  }
}

/** Inputs of planning. */
export interface PlanOptions {
  /** Where the secret is. */
  readonly store: SecretStore
  /** Where rotations are recorded. */
  readonly journal: RotationJournal
  /** See `RotationOptions`. */
  readonly fromJournal?: string | undefined
  /** Ends the planning. */
  readonly signal?: AbortSignal
}

function doneBy(staged: StagedSecret): number {
  if (hasPrevious(staged)) return STEPS.indexOf('promote') + 1
  return hasPending(staged) ? STEPS.indexOf('stage') + 1 : 0
}

function holderOf(entry: JournalEntry | undefined): { holder?: string } {
  return entry?.holder === undefined ? {} : { holder: entry.holder }
}
