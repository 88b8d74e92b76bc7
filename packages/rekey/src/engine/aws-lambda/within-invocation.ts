import { type Clock, SecretError } from '@rekey/secret'

/** How long an invocation of a Lambda function may still take. */
export interface InvocationLimit {
  readonly clock: Clock
  /** Absent: as long as it needs. */
  readonly remainingMs: number | undefined
}

/** For giving back the claim and telling how it ended. */
const MARGIN_MS = 5_000

/** Does `work` under a signal that aborts shortly before the invocation is killed. */
export async function withinInvocation<T>(
  { clock, remainingMs }: InvocationLimit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController()
  const done = new AbortController()
  const expire = () => {
    const message = 'the invocation is about to end: call it again to go on'
    limit.abort(new SecretError('unreachable', message, { reason: 'timeout' }))
  }
  if (remainingMs !== undefined) {
    // The wait is rejected when the work was done before.
    clock.sleep(Math.max(remainingMs - MARGIN_MS, 0), done.signal).then(expire, () => undefined)
  }
  try {
    return await work(limit.signal)
  } finally {
    done.abort()
  }
}
