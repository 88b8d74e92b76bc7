import type { SecretSource, StagedSecret } from '@rekey/secret'
import { Wakeup, watchSecret } from './watch-secret.ts'

/** Options of {@link watchFirst}. */
export interface FirstWatchOptions {
  readonly name: string
  readonly signal: AbortSignal
  /** The revision that the caller already has. */
  readonly since: string | undefined
  readonly read: () => Promise<StagedSecret>
}

/**
 * Watches one secret in all sources at once: any change in one of them leads to a read over all. Fails as soon as one of
 * the watches fails, since a change could then be missed.
 */
export async function* watchFirst(
  sources: readonly SecretSource[],
  { name, signal, since, read }: FirstWatchOptions,
): AsyncGenerator<StagedSecret> {
  const ended = new AbortController()
  const either = AbortSignal.any([signal, ended.signal])
  const wakeup = new Wakeup()
  const failures: unknown[] = []
  const watches = sources.map(async (source) => {
    try {
      const changes = source.watch?.(name, either)[Symbol.asyncIterator]()
      while ((await changes?.next())?.done === false) wakeup.notify()
    } catch (error) {
      failures.push(error)
      ended.abort()
    }
  })
  try {
    yield* watchSecret({ read, since, wakeup, signal: either })
  } finally {
    ended.abort()
    await Promise.all(watches)
  }
  if (failures.length > 0) throw failures[0]
}
