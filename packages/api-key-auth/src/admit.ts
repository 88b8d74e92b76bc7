import { authenticate, type HeaderValue, type Outcome } from './authenticate.ts'
import type { Keyring } from './keyring.ts'
import type { Refused, Verified } from './verdict.ts'

/** Something that an operator wants to know. Never holds a secret, so it may be logged as it is. */
export type AuthEvent =
  | ({ readonly type: 'refused' } & Refused)
  /** Let in with a key that is about to be revoked: the sender has not switched yet. */
  | ({ readonly type: 'retiring' } & Verified)

/** What every adapter takes. */
export interface ApiKeyAuthOptions {
  readonly keyring: Keyring
  /** Called within the request, so it must be quick; if it throws, the request fails. */
  readonly onEvent?: (event: AuthEvent) => void
}

/** {@link authenticate}, and tells what an operator wants to know. */
export function admit({ keyring, onEvent }: ApiKeyAuthOptions, header: HeaderValue): Outcome {
  const outcome = authenticate(keyring, header)
  if (!outcome.ok) onEvent?.({ type: 'refused', ...outcome.refused })
  else if (outcome.stage === 'previous') onEvent?.({ type: 'retiring', ...outcome })
  return outcome
}
