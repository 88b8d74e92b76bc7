import type { Secret, SecretVersion, StagedSecret } from '@rekey/secret'

/** A secret with a version waiting. */
export type WithPending = StagedSecret & { readonly pending: SecretVersion }

/** A secret whose last version still lives. */
export type WithPrevious = StagedSecret & { readonly previous: SecretVersion }

/** What a step may use while it runs. */
export interface StepContext {
  /** Aborts when the rotation is cancelled or its claim is lost. */
  readonly signal: AbortSignal
  /** Tells what is being waited for. */
  waiting(message: string): void
}

/**
 * What the seven steps mean for one kind of secret. Every method is idempotent: it may run again after a crash at any
 * instant, and returns at once when its work is done already. A definite "no" is a `SecretError` `rejected` or `refused`;
 * "no answer" is `unreachable` and leaves the rotation where it is.
 */
export interface RotationKind {
  /** `api-key`, `database`, … */
  readonly kind: string
  /** The secret's name in the store. */
  readonly name: string
  /** Makes the next value. Touches nothing. */
  generate(current: SecretVersion): Promise<Secret>
  /** The far side accepts `pending` beside `current`. */
  admit(staged: WithPending, context: StepContext): Promise<void>
  /** Shows that `pending` really works, everywhere it must. */
  prove(staged: WithPending, context: StepContext): Promise<void>
  /** Everyone has switched to `current`, and `previous` has fallen silent. */
  confirm(staged: WithPrevious, context: StepContext): Promise<void>
  /** The far side refuses `previous`. Afterwards the store drops it. */
  revoke(staged: WithPrevious, context: StepContext): Promise<void>
  /** Waits until everyone knows that `revoked` is gone from the store. */
  settle?(revoked: SecretVersion, context: StepContext): Promise<void>
  /** The reverse of `admit`: nobody uses `pending`, and the far side refuses it. */
  undo(staged: WithPending, context: StepContext): Promise<void>
}
