import type { AskOperator } from '@rekey/secret/internal/kind'
import type { FarSide } from '@rekey/secret/kind'
import { createProof, type ThirdPartyProof } from './third-party-proof.ts'

/** Who makes credentials, and how they are tried. */
export interface ManualCredentialsOptions {
  /** Asks the operator. */
  readonly ask: AskOperator
  /** Tries a credential at the third party. */
  readonly prove: ThirdPartyProof
  /** Calls the third party for a proof. Default: the global one. */
  readonly fetch?: typeof fetch
}

/**
 * Creates a provider whose credentials an operator makes and ends in the console of the third party. A crash before the value is
 * stored asks again.
 *
 * @throws {SecretError} `refused` or `malformed` for an address that a credential may not be sent to
 */
export function manualCredentials(options: ManualCredentialsOptions): FarSide {
  const { ask, prove, fetch } = options
  return {
    ...{ name: 'the third party', noun: 'credential', slots: 'two-secrets' },
    plan: () =>
      Promise.resolve({
        generate: 'the operator makes a new credential at the third party and pastes it',
        admit: 'the third party knows it already',
        revoke: 'the operator removes the old one at the third party, if it is still there',
      }),
    choose: async (_current, { signal }) => (await ask(signal)).map((text) => text.trim()),
    add: () => Promise.resolve(),
    withdraw: () => Promise.resolve(),
    remove: () => Promise.resolve(),
    accepts: createProof(prove, fetch),
  }
}
