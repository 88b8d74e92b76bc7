import type { Secret, SecretVersion, StagedSecret } from '@rekey/secret'
import type { StepContext, WithPending } from '@rekey/secret/kind'

/** The effects of a change of credential at the third party, in words. */
export interface ProviderPlan {
  readonly generate: string
  readonly admit: string
  readonly revoke: string
}

/** How a third party is asked for credentials. Every method may run again after a crash at any instant. */
export interface CredentialProvider {
  /** See `RotationKind.lateCall`. */
  readonly lateCall?: string
  /** Describes what a change would do now. Reads only. */
  plan(signal: AbortSignal): Promise<ProviderPlan>
  /** Returns the next credential if the third party chooses it; nothing if its value is ours to choose. */
  choose(current: SecretVersion, context: StepContext): Promise<Secret | undefined>
  /** Makes the third party accept `pending`; `current` too, if it can hold two. */
  accept(staged: WithPending, context: StepContext): Promise<void>
  /**
   * Whether the third party accepts a value.
   *
   * @throws {SecretError} `unreachable` or `malformed` if it was not judged
   */
  isAccepted(value: Secret, signal: AbortSignal): Promise<boolean>
  /** The reverse of `accept`. */
  withdraw(staged: WithPending, context: StepContext): Promise<void>
  /** Has the third party end the credential with this value. Whether it did is asked afterwards. */
  retire(value: Secret, context: StepContext): Promise<void>
  /** Ends the credentials that belong to no version in the store, and returns their names. */
  sweep?(staged: StagedSecret, context: StepContext): Promise<readonly string[]>
}
