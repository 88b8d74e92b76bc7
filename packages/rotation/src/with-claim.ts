import { SecretError, systemClock } from '@rekey/secret'
import type { Claim, RotationJournal } from './journal.ts'

/** What to claim, and for whom. */
export interface ClaimRequest {
  readonly journal: RotationJournal
  readonly secret: string
  readonly holder: string
  readonly leaseMs: number
  readonly signal: AbortSignal | undefined
}

/**
 * Runs `work` while holding the claim on a secret. The lease is renewed three times in its length; the signal given to `work`
 * aborts when the caller cancels or when the claim is lost.
 */
export async function withClaim<T>(
  { journal, secret, holder, leaseMs, signal }: ClaimRequest,
  work: (claim: Claim, lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const claim = await journal.claim(secret, holder, leaseMs)
  const lost = new AbortController()
  const done = new AbortController()
  void keepRenewing(claim, leaseMs / 3, done.signal).catch((error: unknown) => {
    lost.abort(error)
  })
  try {
    return await work(claim, AbortSignal.any([lost.signal, ...(signal ? [signal] : [])]))
  } finally {
    done.abort()
    await claim.release().catch(leaveToLease)
  }
}

/** A claim that cannot be given back ends with its lease; how the work ended is what the caller must hear. */
function leaveToLease(error: unknown): void {
  if (!(error instanceof SecretError)) throw error
}

async function keepRenewing(claim: Claim, everyMs: number, done: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await systemClock.sleep(everyMs, done)
    } catch (error) {
      if (done.aborted) return
      throw error
    }
    await claim.renew()
  }
}
