import type { SecretVersion, StagedSecret } from '../secret-version.ts'
import type { Secret } from '../secret.ts'
import type { Plan, RotationKind, StepContext, WithPending } from './rotation-kind.ts'

/**
 * How many logins a far side accepts at once: a new one for each value, two values of one account, or one. With `one` it ends the old value as
 * it takes the new one, so logins may fail for a while.
 */
export type Slots = 'names' | 'two-secrets' | 'one'

/** The effects of a change at a far side, in words: what it leaves out is described as for all. */
export type FarSidePlan = Pick<Plan, 'generate' | 'admit' | 'revoke'> & Partial<Plan>

/**
 * Calls of a service that accepts two credentials of one account at once, one, or a new login each time. Each may run again after a crash at any instant, and
 * ends at once where its work is done. A definite no is a `SecretError` `rejected` or `refused`; no answer is `unreachable`.
 */
export interface FarSide {
  /** Its name in messages: `the third party`. */
  readonly name: string
  /** The term for a value that it accepts: `credential`, `secret`. */
  readonly noun: string
  /** Of one that has to be asked, a function. `names` needs `accountOf` and `close`, and `one` needs `gapMs`. */
  readonly slots: Slots | ((signal: AbortSignal) => Promise<Slots>)
  /**
   * With `one`: the longest time in which logins may fail, in milliseconds. If it has not accepted the new value by then, it gets the old one
   * again. Never longer than `deadlineMs`.
   */
  readonly gapMs?: number
  /** See `RotationKind.lateCall`. */
  readonly lateCall?: string
  /** Plans a change made now. Reads only. */
  plan(staged: StagedSecret, signal: AbortSignal): Promise<FarSidePlan>
  /** Returns the next value if the far side chooses it. Absent, or undefined: 32 random bytes. */
  choose?(current: SecretVersion, context: StepContext): Promise<Secret | undefined>
  /** Whether a chosen value bears the mark of development. Default: it begins with it. */
  isMarked?(value: Secret): boolean
  /** Has it accept `pending`; `current` too, if it can hold two. */
  add(staged: WithPending, context: StepContext): Promise<void>
  /**
   * Whether it accepts a value.
   *
   * @throws {SecretError} `unreachable` or `malformed` if it gave no verdict
   */
  accepts(value: Secret, signal: AbortSignal): Promise<boolean>
  /** Has it end the old value, which is that of `previous`. Whether it did is asked afterwards. */
  remove(value: Secret, context: StepContext, previous: SecretVersion): Promise<void>
  /**
   * The reverse of `add`: with `one`, it accepts the old value again, but no value that has leaked. While it accepts both, it may be about to end the
   * old one.
   */
  withdraw(staged: WithPending, context: StepContext): Promise<void>
  /**
   * Lists the sessions that a value has open, by the names that their clients give themselves. With it, the old value ends once it has none.
   *
   * @throws {SecretError} `unreachable`, `forbidden` if the far side gives no list
   */
  sessions?(value: Secret, signal: AbortSignal): Promise<readonly string[]>
  /** Lists the rights that one of two logins has and the other has not, in words. With it, no login with other rights is used. */
  differences?(
    candidate: Secret,
    reference: Secret,
    signal: AbortSignal,
  ): Promise<readonly string[]>
  /** See `RotationKind.accountOf`. */
  accountOf?(value: Secret): string
  /** Ends the account of a version that has left the store without a receipt, and all its sessions. Ends at once where there is none. */
  close?(account: string, context: StepContext): Promise<void>
  /** See `RotationKind.sweep`: ends the credentials that belong to no version in the store, and returns their names. */
  sweep?(...of: Parameters<NonNullable<RotationKind['sweep']>>): Promise<readonly string[]>
}
