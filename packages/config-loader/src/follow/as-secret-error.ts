import { SecretError } from '@rekey/secret'

/** Converts what a source or a probe threw. Anything but a `SecretError` may carry values, so nothing of it is kept. */
export function asSecretError(error: unknown): SecretError {
  if (error instanceof SecretError) return error
  return new SecretError('unreachable', 'the source failed in an unknown way; see its own log')
}
