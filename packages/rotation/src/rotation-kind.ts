import type { Clock, Secret, SecretVersion, StagedSecret } from '@rekey/secret'
import type pg from 'pg'
import type { Step } from './steps.ts'

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

/** What is still known of a version once its value is gone. */
export type RevokedVersion = Pick<SecretVersion, 'version' | 'id'>

/** What a step may use while it runs. */
export interface StepContext {
  /** Aborts when the rotation is cancelled or its claim is lost. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /**
   * The secret has leaked: nobody is waited for longer than the kind's emergency deadline, and what still uses the old version
   * is cut off.
   */
  readonly compromised: boolean
  /** Tells what is being waited for, and who is late. */
  waiting(message: string): void
  /**
   * Runs `work` in a transaction of the journal's own database that commits only if this rotator still holds its claim. Absent
   * where the journal is not in PostgreSQL.
   */
  readonly transaction?: <T>(work: (client: pg.ClientBase) => Promise<T>) => Promise<T>
}

/** What every step of a rotation would do, in words, and what is known to be in its way. */
export type Plan = Readonly<Record<Step, string>>

/**
 * What the seven steps mean for one kind of secret. Every method is idempotent: it may run again after a crash at any
 * instant, and returns at once when its work is done already. A definite "no" is a `SecretError` `rejected` or `refused`: the
 * engine then takes the rotation back, up to the beginning of `revoke`. "No answer" is `unreachable` and leaves the rotation
 * where it is.
 */
export interface RotationKind {
  /** `api-key`, `database`, … */
  readonly kind: string
  /** The secret's name in the store. */
  readonly name: string
  /** What the steps would do now. Reads only. */
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
  /** Everyone has switched to `current`, and `previous` has fallen silent. Left out when the secret has leaked. */
  confirm(staged: WithPrevious, context: StepContext): Promise<void>
  /** The far side refuses `previous`. Afterwards the store drops it. */
  revoke(staged: WithPrevious, context: StepContext): Promise<void>
  /**
   * Waits until everyone knows that `revoked` is gone from the store, and watches what that does. If it throws a definite "no",
   * the old value is brought back, by the same seven steps.
   */
  settle?(revoked: RevokedVersion, context: StepContext): Promise<void>
  /** The reverse of `admit`: nobody uses `pending`, and the far side refuses it. */
  undo(staged: WithPending, context: StepContext): Promise<void>
  /**
   * Removes what the far side still accepts and the store does not know, left by rotators whose store was lost.
   *
   * @returns what was removed: role names, key ids
   */
  sweep?(staged: StagedSecret, context: StepContext): Promise<readonly string[]>
}
