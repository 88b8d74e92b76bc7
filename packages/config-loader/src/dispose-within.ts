import type { Clock } from '@rekey/secret'

/** How long a stop may wait for what it disposes, such as leases that are to be revoked. */
const DISPOSE_TIMEOUT_MS = 5_000

const DISPOSED = new Error('everything is disposed')

/** Does all of them at once, and gives up on those that take too long or fail: nothing is left to be done about them. */
export async function disposeWithin(
  clock: Clock,
  disposals: readonly (() => PromiseLike<void> | undefined)[],
): Promise<void> {
  const pending = disposals.map((dispose) => dispose()).filter((work) => work !== undefined)
  if (pending.length === 0) return
  const done = new AbortController()
  const limit = clock.sleep(DISPOSE_TIMEOUT_MS, done.signal, { keepAlive: true })
  await Promise.race([Promise.allSettled(pending), limit])
  done.abort(DISPOSED)
}
