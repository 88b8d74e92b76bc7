import type { StepContext } from '@rekey/secret/kind'

/** A process waits for no more than this itself. */
export const LONGEST_WAIT_MS = 60_000

/** Waits for a little while, or ends the run until a time that is far. */
export async function waitOrPostpone(
  { leftMs, pollMs, why }: { readonly leftMs: number; readonly pollMs: number; readonly why: string },
  { clock, signal, waiting, postpone }: StepContext,
): Promise<void> {
  const until = clock.now() + leftMs
  if (leftMs > LONGEST_WAIT_MS) await postpone(until, why)
  waiting(`${why}: until ${new Date(until).toISOString()}`)
  await clock.sleep(Math.min(pollMs, leftMs), signal, { keepAlive: true })
}
