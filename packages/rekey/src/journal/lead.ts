import { hostname } from 'node:os'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import type { RotationJournal } from './journal.ts'
import { RotationError } from '../engine/rotation-error.ts'
import { withClaim } from './with-claim.ts'

/** The name under which a journal keeps the lease of the process that leads. */
export const LEADERSHIP = 'CONTROLLER'

/** How a process leads, or waits to. */
export interface LeadOptions {
  /** Where the lease is held. */
  readonly journal: RotationJournal
  /** Who leads, for the journal. Default `host:pid`. */
  readonly holder?: string
  /** How long a leader that died keeps others waiting. Default 60,000. */
  readonly leaseMs?: number
  /** Ends it, also while it waits. */
  readonly signal: AbortSignal
  /** Default: the machine's own. */
  readonly clock?: Clock
  /** Called after each attempt without success: another process leads, if its name is there, or the journal gave no answer. */
  readonly onWait?: (leader: string | undefined) => void
}

/**
 * Runs `work` while this process leads, and waits for that as long as another one does. The signal given to `work` aborts when the lease
 * is lost; then it waits again. The lease only spares two processes the same work: each secret has a claim of its own, so a leader that
 * does not know yet that it was replaced does no harm.
 *
 * @returns the result of `work`
 * @throws the reason of `signal`, and what `work` throws while it leads
 *
 * @example
 * ```ts
 * await lead({ journal, signal }, async (lost) => {
 *   while (!lost.aborted) await rotateWhatIsDue(lost)
 * })
 * ```
 */
export async function lead<T>(
  options: LeadOptions,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const { journal, leaseMs = 60_000, signal, clock = systemClock, onWait } = options
  const { holder = `${hostname()}:${process.pid}` } = options
  const claim = { journal, secret: LEADERSHIP, holder, leaseMs, signal, clock }
  for (;;) {
    const led = { isLeading: false, isLost: false }
    try {
      return await withClaim(claim, (_, lost) => {
        led.isLeading = true
        lost.addEventListener('abort', () => (led.isLost = true))
        return work(lost)
      })
    } catch (error) {
      signal.throwIfAborted()
      const waits = led.isLeading ? led.isLost : isPassing(error)
      if (!waits) throw error
    }
    onWait?.(await leaderIn(journal))
    await clock.sleep(leaseMs / 3, signal, { keepAlive: true })
  }
}

/** Whether another process leads, or the journal gave no answer. */
function isPassing(error: unknown): boolean {
  if (error instanceof RotationError) return error.code === 'busy'
  return error instanceof SecretError && error.code === 'unreachable'
}

async function leaderIn(journal: RotationJournal): Promise<string | undefined> {
  try {
    const [entry] = await journal.entries([LEADERSHIP])
    return entry?.holder
  } catch (error) {
    if (error instanceof SecretError) return undefined
    throw error
  }
}
