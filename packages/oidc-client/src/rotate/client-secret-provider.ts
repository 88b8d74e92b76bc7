import type { Secret } from '@rekey/secret'
import type { FarSide, FarSidePlan, StepContext } from '@rekey/secret/kind'

/** The secret in use, and the one that follows it. */
export interface SecretChange {
  readonly current: Secret
  readonly next: Secret
}

/**
 * Sets a new client secret at an identity provider. Three adapters implement it: `keycloakProvider`, `registrationProvider`
 * and `manualProvider`. Every method may run again after a crash at any instant.
 *
 * Where the value may be ours, it is in the store before the provider knows it, so each replica has both while the provider
 * changes over. Where it is the provider's, the provider may have changed over before the new one can be read: a provider
 * that can be asked for it again is asked again, and nothing is lost but the time between.
 */
export interface ClientSecretProvider {
  /** The provider's side in words, for messages: `Keycloak`. */
  readonly name: string
  /** See `FarSide.slots`. */
  readonly slots: FarSide['slots']
  /** See `RotationKind.lateCall`. */
  readonly lateCall?: string
  /** Plans a change made now. Reads only. */
  plan(current: Secret, signal: AbortSignal): Promise<FarSidePlan>
  /**
   * The next secret, where it is not ours to choose. If the provider has moved on from `current` already, that is the next one;
   * but a secret that leaked is never taken for a new one.
   */
  readonly choose?: (current: Secret, context: StepContext) => Promise<Secret>
  /** Whether `choose` can give a value with the mark of development; the loader takes no other outside production. */
  readonly choosesMarked?: boolean
  /** From now on the provider accepts `next`; `current` too, if it can hold two. */
  accept(change: SecretChange, context: StepContext): Promise<void>
  /** The reverse of `accept`, as far as the provider can: it accepts `current` alone. */
  withdraw(change: SecretChange, context: StepContext): Promise<void>
  /** The provider forgets the secret before the present one. Whether it does is proven afterwards. */
  retire(context: StepContext): Promise<void>
}

/** The late call of a provider that sets a secret as it is asked, in whatever order. */
export const LATE_CALL =
  'The identity provider cannot refuse the late call of a rotator that was displaced: one that was on its way may still replace the secret there. If logins fail after an emergency, rotate once more.'

/** Whether two secrets have the same value. The caller knows both, so the time reveals nothing new. */
export function isSame(one: Secret, other: Secret): boolean {
  return one.expose() === other.expose()
}
