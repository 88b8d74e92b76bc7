import { type Secret, SecretError } from '@rekey/secret'
import type { StepContext } from '@rekey/secret/kind'
import type { ClientAddress } from '../spec/discover.ts'
import { proveClientSecret } from '../spec/prove-client-secret.ts'

/** How a client asks, and for how long. */
export interface RefusalOptions extends ClientAddress {
  readonly deadlineMs: number
  readonly pollMs: number
}

/**
 * Whether the identity provider accepts this secret, by a token request.
 *
 * @throws {SecretError} `unreachable` or `malformed` if the provider gave no verdict
 */
export async function isAccepted(
  address: ClientAddress,
  secret: Secret,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await proveClientSecret(address, secret, signal)
    return true
  } catch (error) {
    if (error instanceof SecretError && error.code === 'rejected') return false
    throw error
  }
}

/**
 * Waits until the identity provider refuses this secret.
 *
 * @throws {SecretError} `unreachable` when the deadline passes and it is still accepted
 */
export async function untilRefused(
  secret: Secret,
  options: RefusalOptions,
  context: StepContext,
): Promise<void> {
  const { clock, signal } = context
  const deadline = clock.elapsed() + options.deadlineMs
  while (await isAccepted(options, secret, signal)) {
    const message = 'the identity provider still accepts the old secret: remove it there'
    if (clock.elapsed() >= deadline) throw new SecretError('unreachable', message)
    context.waiting(message)
    await clock.sleep(options.pollMs, signal, { keepAlive: true })
  }
}
