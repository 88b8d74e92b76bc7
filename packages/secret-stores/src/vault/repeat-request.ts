import { type Clock, SecretError } from '@rekey/secret'
import { isVaultReason, type VaultReason } from './vault-failure.ts'

/** How {@link repeatRequest} repeats. */
export interface RepeatOptions {
  /** Whether the request may be carried out twice. */
  readonly repeatable: boolean
  readonly retries: number
  /** At which `clock.elapsed()` it is given up. */
  readonly deadlineMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Answers, and the lack of a connection, that prove that Vault did nothing. */
const NOT_DONE: readonly VaultReason[] = ['not-connected', 'replica-behind', 'throttled']
/** What passes; with a request that may be carried out twice. */
const PASSING: readonly VaultReason[] = [...NOT_DONE, 'cut', 'sealed', 'server-error']
const NOT_IMPLEMENTED = 501

/** The wait of Vault's own Go client (`api.DefaultConfig`: `MinRetryWait` 1 s, `MaxRetryWait` 1.5 s). */
const WAIT_MS = { least: 1_000, most: 1_500 }

/**
 * Makes a request, and makes it again after what passes, by the rules of Vault's own Go client (`api.DefaultRetryPolicy`:
 * connection errors, 412, 429 with its Retry-After, 5xx except 501).
 */
export async function repeatRequest<T>(
  attempt: () => Promise<T>,
  options: RepeatOptions,
): Promise<T> {
  const { retries, deadlineMs, clock, signal } = options
  for (let repeats = 0; ; repeats += 1) {
    try {
      return await attempt()
    } catch (error) {
      const waitMs = waitFor(error)
      const inTime = clock.elapsed() + waitMs < deadlineMs
      if (repeats < retries && inTime && mayRepeat(error, options.repeatable)) {
        await clock.sleep(waitMs, signal)
        continue
      }
      if (!(error instanceof SecretError)) throw error
      throw new SecretError(error.code, error.message, { ...error.details, repeats })
    }
  }
}

function mayRepeat(error: unknown, repeatable: boolean): boolean {
  if (error instanceof SecretError && error.details['status'] === NOT_IMPLEMENTED) return false
  return isVaultReason(error, ...(repeatable ? PASSING : NOT_DONE))
}

function waitFor(error: unknown): number {
  const asked = error instanceof SecretError ? error.details['retryAfterMs'] : undefined
  const { least, most } = WAIT_MS
  return typeof asked === 'number' ? asked : least + Math.random() * (most - least)
}
