import type { SecretVersion, StagedSecret } from '../secret-version.ts'
import type { Secret } from '../secret.ts'
import type { Clock } from '../time/clock.ts'
import type { Gap } from './gap.ts'
import type { Answer } from './replicas.ts'
import type { SqlClient } from './sql-client.ts'
import type { LateUse, Step } from './steps.ts'

/** A secret with a version waiting. */
export type WithPending = StagedSecret & { readonly pending: SecretVersion }

/** A secret whose last version still lives. */
export type WithPrevious = StagedSecret & { readonly previous: SecretVersion }

/** Whether something is staged. */
export function hasPending(staged: StagedSecret): staged is WithPending {
  return staged.pending !== undefined
}

/** Whether something was promoted, and its predecessor not revoked. */
export function hasPrevious(staged: StagedSecret): staged is WithPrevious {
  return staged.previous !== undefined
}

/** The remaining description of a version once its value is gone. */
export type RevokedVersion = Pick<SecretVersion, 'version' | 'id'>

/** Returns what a journal keeps of a version. */
export function describeVersion({ version, id }: SecretVersion): RevokedVersion {
  return { version, ...(id !== undefined && { id }) }
}

/** A version that left the store without a receipt, and its account if the journal knows it: see {@link RotationKind.accountOf}. */
export interface LostVersion extends RevokedVersion {
  readonly account?: string
}

/** Accounts beside the store, by their origin. */
export interface StrangersToClose {
  /** Accounts of versions of this secret, by the journal. */
  readonly recorded: readonly string[]
  readonly others: readonly string[]
}

/** The tools of a step while it runs. */
export interface StepContext {
  /** Aborts when the rotation is cancelled or its claim is lost. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /**
   * The secret has leaked: no wait is longer than the kind's emergency deadline, and what still uses the old version is cut
   * off.
   */
  readonly compromised: boolean
  /**
   * Replicas that gave no answer in this emergency, by `identityOf`: no wait asks them again, so that a dead one costs its time once.
   * Stays empty where the secret has not leaked.
   */
  readonly leftBehind?: Map<string, Answer> | undefined
  /** Reports what is being waited for, and who is late; `replicas`: the health URLs of those that are. */
  waiting(message: string, replicas?: readonly string[]): void
  /** Reports a use after its time. */
  alarm(use: LateUse): Promise<void>
  /** How long ago `promote` was, in milliseconds; also if an earlier run did it. Absent before it. */
  readonly sincePromoteMs?: () => number
  /** The last value saved by {@link saveProgress} in this rotation since `promote`, by this run or an earlier one. */
  readonly progress: unknown
  /** Keeps observations in the journal, as JSON. They hold no value. */
  saveProgress(progress: unknown): Promise<void>
  /**
   * Ends this run where its step has nothing to do before a time: the claim is given free, and the first run after that time takes the same
   * step again. For waits that are longer than a process should last.
   *
   * @param leftMs until that time
   * @param why in words: "what the old key signed is accepted until then"
   */
  readonly postpone: (leftMs: number, why: string) => Promise<never>
  /**
   * Renews the claim, right before a call that would replace the value of another rotator: where the far side holds one value, or takes the
   * last order. Throws if the claim was taken over; a call that is already on its way still takes place.
   */
  readonly fence: () => Promise<void>
  /** Of a far side that holds one value. */
  readonly gap: Gap
  /** Writes the receipt of a version: what was shown proves that the far side refuses it. */
  attest(shown: Shown): Promise<void>
  /**
   * Runs `work` in a transaction of the journal's own database that commits only if this rotator still holds its claim, and then
   * together with the receipt of `shown`. Absent where the journal is not in PostgreSQL.
   */
  readonly transaction?: <T>(work: (client: SqlClient) => Promise<T>, shown?: Shown) => Promise<T>
}

/** A version, and what proves that the far side refuses it. */
export interface Shown extends RevokedVersion {
  readonly evidence: string
  /** Whether the account of the version is still there, of no use to it: a sweep removes it. Default false. */
  readonly isKept?: boolean
}

/** The sessions of one client. */
export interface SessionCount {
  /** The name that the client gives itself, which may be any text, and the server where there are several. */
  readonly client: string
  readonly sessions: number
}

/** The plan of every step of a rotation, in words, and its known obstacles. */
export type Plan = Readonly<Record<Step, string>>

/**
 * The seven steps for one kind of secret. Every method is idempotent: it may run again after a crash at any instant, and
 * returns at once when its work is done already. A definite "no" is a `SecretError` `rejected` or `refused`: the engine then
 * rolls the rotation back, up to the beginning of `revoke`. "No answer" is `unreachable` and leaves the rotation where it
 * is.
 */
export interface RotationKind {
  /** `api-key`, `database`, … */
  readonly kind: string
  /** The secret's name in the store. */
  readonly name: string
  /**
   * States that a call which a rotator sent before it was displaced may still take place, its effect, and the remedy. Set where the far
   * side cannot refuse such a call, which replaces a newer value.
   */
  readonly lateCall?: string
  /** Whether replicas report which version they have. Default true; false for a login that no service of the family holds. */
  readonly isReported?: boolean
  /** How long the old version may live after `promote` at most, in milliseconds: no hold of an operator outlasts it. Absent: it has no such end. */
  readonly maxOverlapMs?: number
  /** How long one step may take at most, all its waits together, in milliseconds. Default: ten minutes. */
  readonly longestStepMs?: number
  /**
   * Asks the far side when it stops accepting a version by itself. Reads only. Absent: a version ends when its store or its value
   * records.
   *
   * @returns undefined if it has no end
   * @throws {SecretError} `missing`, `unreachable`, `forbidden` if the far side gives no date
   */
  acceptedUntil?(version: SecretVersion, signal: AbortSignal): Promise<Date | undefined>
  /**
   * Counts the sessions that the far side has open with a version, by the name that each client gives itself. Reads only. Absent: the
   * far side keeps no sessions, or does not show them.
   *
   * @throws {SecretError} `unreachable`, `forbidden` if the far side gives no count
   */
  countSessions?(version: SecretVersion, signal: AbortSignal): Promise<readonly SessionCount[]>
  /**
   * Asks the far side which rights the rotator lacks for the steps, each with how to give it. Reads only. Absent: the far side shows them
   * to no rotator.
   *
   * @throws {SecretError} `unreachable`, `missing`, `forbidden` if the far side does not answer
   */
  lacks?(staged: StagedSecret, signal: AbortSignal): Promise<readonly string[]>
  /** Plans the steps as of now. Reads only. */
  plan(staged: StagedSecret, signal: AbortSignal): Promise<Plan>
  /** Makes the next value. Touches nothing that cannot be made again. */
  generate(current: SecretVersion, context: StepContext): Promise<Secret>
  /** The far side accepts `pending` beside `current`. */
  admit(staged: WithPending, context: StepContext): Promise<void>
  /**
   * Shows that `candidate` really works, everywhere it must, and may do the same as `reference`. Asked of `pending` before it is
   * promoted, and of `previous` before a rotation is rolled back to it.
   */
  prove(candidate: SecretVersion, reference: SecretVersion, context: StepContext): Promise<void>
  /** All replicas have switched to `current`, and `previous` has fallen silent. Left out when the secret has leaked. */
  confirm(staged: WithPrevious, context: StepContext): Promise<void>
  /**
   * The far side refuses `previous`. Afterwards its receipt is written, and the store drops it. A kind whose far side follows the
   * store, or that writes the receipt in a transaction, {@link attestsItself}.
   */
  revoke(staged: WithPrevious, context: StepContext): Promise<void>
  /** Whether `revoke` or `confirmRevoked` calls `attest`. Default: the engine does, once `revoke` is done. */
  readonly attestsItself?: boolean
  /**
   * Waits until every replica has dropped `revoked`, and watches for late uses. If it throws a definite refusal, the rotation is
   * rolled back: the old value becomes current again by the same seven steps.
   */
  confirmRevoked?(revoked: RevokedVersion, context: StepContext): Promise<void>
  /**
   * Returns the account of the far side that a version logs in to: a role name. The journal keeps it until the version has a receipt.
   * Absent: a version has no account, or its `id` is the account.
   *
   * @throws {SecretError} `malformed` if the value has none
   */
  accountOf?(version: SecretVersion): string
  /** Lists the accounts that can act as the service though the store holds no version of them. Reads only. */
  strangers?(staged: StagedSecret, signal: AbortSignal): Promise<readonly string[]>
  /**
   * Closes strangers: those that the journal has a record of are removed, others only lose their access.
   *
   * @returns the closed ones; the far side forbids to close the others
   */
  closeStrangers?(found: StrangersToClose, context: StepContext): Promise<readonly string[]>
  /**
   * Asks the far side whether it refuses versions that have left the store without a receipt, and attests what it could show. What it
   * does not attest is reported as unproven, as is all where it is absent.
   *
   * @returns what was found and closed: role names
   */
  closeLost?(
    lost: readonly LostVersion[],
    staged: StagedSecret,
    context: StepContext,
  ): Promise<readonly string[]>
  /**
   * Waits until nothing uses `pending` any more, which was promoted and is rolled back: what `confirm` does for the old version. Comes
   * before `abort`, within its step; not once the secret has leaked. Absent: `abort` waits itself, or nothing can use it.
   */
  leave?(staged: WithPending, context: StepContext): Promise<void>
  /** The reverse of `admit`: no replica uses `pending`, and the far side refuses it. */
  abort(staged: WithPending, context: StepContext): Promise<void>
  /**
   * Removes what the far side still has of this secret and the store does not hold.
   *
   * @param left - versions that the journal has with their accounts, and the store does not
   * @returns what was removed: role names, key ids
   */
  sweep?(
    staged: StagedSecret,
    context: StepContext,
    left?: readonly LostVersion[],
  ): Promise<readonly string[]>
}
