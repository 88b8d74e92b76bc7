import type { StepContext } from '@rekey/secret/kind'

/** A process waits for no more than this itself. */
export const LONGEST_WAIT_MS = 60_000

interface Wait {
  readonly leftMs: number
  readonly pollMs: number
  readonly why: string
}

/** Waits for a little while, or ends the run until a time that is far. */
export async function waitOrPostpone(
  { leftMs, pollMs, why }: Wait,
  context: StepContext,
): Promise<void> {
  if (leftMs > LONGEST_WAIT_MS) await context.postpone(leftMs, why)
  context.waiting(`${why}: ${Math.ceil(leftMs / 1_000)} s left`)
  await context.clock.sleep(Math.min(pollMs, leftMs), context.signal, { keepAlive: true })
}
