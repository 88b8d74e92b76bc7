import { type Clock, SecretError } from '@rekey/secret'
import { linkSignals } from './link-signals.ts'

/** How long {@link within} lets something take. */
export interface Limit {
  readonly clock: Clock
  readonly limitMs: number
  readonly signal?: AbortSignal
}

/**
 * Does `work` under a signal that aborts with `limit.signal`, or after `limitMs`; then its reason is a `SecretError` of code
 * `unreachable`.
 */
export async function within<T>(
  { clock, limitMs, signal }: Limit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = linkSignals(signal)
  const done = new AbortController()
  const expire = () => {
    limit.controller.abort(
      new SecretError('unreachable', 'Vault did not answer in time', {
        reason: 'timeout',
        limitMs,
      }),
    )
  }
  // The wait is rejected when the work was done before.
  clock.sleep(limitMs, done.signal).then(expire, () => undefined)
  try {
    return await work(limit.signal)
  } finally {
    done.abort()
    limit.unlink()
  }
}
