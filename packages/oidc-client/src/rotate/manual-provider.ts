import type { Secret } from '@rekey/secret'
import type { ClientSecretProvider } from './client-secret-provider.ts'

/** Who is asked, for a provider that can only be changed by a person. */
export interface ManualProviderOptions {
  /**
   * Gets the new secret from the operator: a hidden prompt, or stdin. Never an argument, which every user of the machine can
   * see.
   */
  readonly ask: (signal: AbortSignal) => Promise<Secret>
}

/**
 * A provider whose secrets an operator makes and ends in its own console. Nothing is known of its overlap: if it ends the old
 * secret when it makes the new one, logins fail until the new one is pasted. A crash before the value is stored asks again.
 */
export function manualProvider({ ask }: ManualProviderOptions): ClientSecretProvider {
  return {
    name: 'the operator',
    slots: 'two-secrets',
    choosesMarked: true,
    plan: () =>
      Promise.resolve({
        generate: 'the operator makes a new secret at the provider and pastes it',
        admit: 'the provider knows it already',
        revoke: 'the operator removes the old secret at the provider, if it is still there',
      }),
    choose: async (_current, { signal }) => (await ask(signal)).map((text) => text.trim()),
    accept: () => Promise.resolve(),
    withdraw: () => Promise.resolve(),
    retire: () => Promise.resolve(),
  }
}
