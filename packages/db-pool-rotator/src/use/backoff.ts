import { backoffMs, type Clock } from '@rekey/secret'

/** The first and the longest wait before the next try, in milliseconds. */
export type BackoffMs = readonly [firstMs: number, longestMs: number]

/** Doubling, with the upper half drawn by lot so that many processes do not knock together. */
export function backoff([firstMs, longestMs]: BackoffMs, attempt: number): number {
  return backoffMs({ firstMs, longestMs }, attempt)
}

/** Waits, or returns early when the signal is aborted. With `keepAlive` the process does not end meanwhile. */
export async function pause(
  clock: Clock,
  delayMs: number,
  signal: AbortSignal,
  options?: { keepAlive: boolean },
): Promise<void> {
  await clock.sleep(delayMs, signal, options).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
