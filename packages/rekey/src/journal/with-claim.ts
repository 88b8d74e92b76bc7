import { type Clock, SecretError, within } from '@rekey/secret'
import { lookUntil } from '@rekey/secret/internal/kind'
import type { ClaimOptions } from './emergency-claim.ts'
import type { Claim, RotationJournal } from './journal.ts'

/** The secret to claim, and the rotator that claims it. */
interface ClaimRequest extends ClaimOptions {
  readonly journal: RotationJournal
  readonly secret: string
  readonly holder: string
  readonly leaseMs: number
  readonly signal: AbortSignal | undefined
  readonly clock: Clock
}

/**
 * Runs `work` while holding the claim on a secret. The lease is renewed three times in its length; the signal given to `work`
 * aborts when the caller cancels or when the claim is lost.
 */
export async function withClaim<T>(
  { journal, secret, holder, leaseMs, signal, clock, isEmergency }: ClaimRequest,
  work: (claim: Claim, lost: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const what = `the claim on ${secret}`
  const limit = { what, limitMs: leaseMs, clock, signal }
  const asked = clock.elapsed()
  const options = { ...(isEmergency && { isEmergency }) }
  const claim = await within(limit, () => journal.claim(secret, holder, leaseMs, options))
  const transactions = countTransactions(claim)
  const lost = new AbortController()
  const done = new AbortController()
  const renewing = { what, asked, clock, leaseMs, done: done.signal, ...transactions }
  void keepRenewing(claim, renewing).catch((error: unknown) => {
    lost.abort(error)
  })
  try {
    const { run } = transactions
    const ended = AbortSignal.any([lost.signal, ...(signal ? [signal] : [])])
    const timely = timelyClaim(claim, { clock, leaseMs, signal: ended })
    return await work({ ...timely, ...(run && { transaction: run }) }, ended)
  } finally {
    done.abort()
    await within({ what, limitMs: leaseMs, clock }, () => claim.release()).catch(leaveToLease)
  }
}

/** A claim that cannot be given back ends with its lease; the caller gets the outcome of the work. */
function leaveToLease(error: unknown): void {
  if (!(error instanceof SecretError)) throw error
}

interface Renewing extends Pick<Transactions, 'isLocked'> {
  readonly what: string
  /** When the claim was asked for, on `Clock.elapsed`: the journal counts the lease from some moment after it. */
  readonly asked: number
  readonly clock: Clock
  readonly leaseMs: number
  readonly done: AbortSignal
}

/** The transactions of a claim, and whether one of them locks its row. */
interface Transactions {
  readonly run: Claim['transaction']
  readonly isLocked: () => boolean
}

function countTransactions(claim: Claim): Transactions {
  let running = 0
  const { transaction } = claim
  const run: Claim['transaction'] =
    transaction &&
    (async (work) => {
      running += 1
      try {
        return await transaction(work)
      } finally {
        running -= 1
      }
    })
  return { run, isLocked: () => running > 0 }
}

/** Failures of a renewal that may be over before the lease ends. */
const PASSING: ReadonlySet<string> = new Set(['unreachable', 'unwritable'])

/**
 * A journal that does not answer is asked again while the lease lasts: no other rotator can hold the claim until then. One that
 * never answers ends the work with the lease, by the rotator's own timer.
 */
async function keepRenewing(
  claim: Claim,
  { what, asked: claimedAt, clock, leaseMs, done, isLocked }: Renewing,
): Promise<void> {
  let leasedUntil = claimedAt + leaseMs
  let failure: SecretError | undefined
  let waitMs = Math.max(0, claimedAt + leaseMs / 3 - clock.elapsed())
  while (await slept(clock, waitMs, done)) {
    const asked = clock.elapsed()
    // Its row is locked by the rotator's own transaction, which the server ends if it falls silent.
    const isHeld = isLocked()
    if (failure !== undefined && asked >= leasedUntil && !isHeld) throw failure
    // One that stood still asks once more: only the journal knows whether another has the claim.
    const limitMs = isHeld ? leaseMs : Math.max(leaseMs / 10, leasedUntil - asked)
    try {
      await within({ what: `the renewal of ${what}`, limitMs, clock }, () => claim.renew())
      leasedUntil = asked + leaseMs
      failure = undefined
      waitMs = leaseMs / 3
    } catch (error) {
      const maySucceed = error instanceof SecretError && PASSING.has(error.code)
      if (!maySucceed || (clock.elapsed() >= leasedUntil && !isHeld)) throw error
      failure = error
      waitMs = leaseMs / 10
    }
  }
}

/** Whether the time has passed, rather than the work been done. */
function slept(clock: Clock, delayMs: number, done: AbortSignal): Promise<boolean> {
  return clock.sleep(delayMs, done).then(
    () => true,
    () => false,
  )
}

/** How a claim is written. */
interface Writing {
  readonly clock: Clock
  readonly leaseMs: number
  /** Aborts when the work ends early. */
  readonly signal: AbortSignal
}

const RETRY_MS = 100

/**
 * The same claim, whose replies count only while the lease lasts that they are about: a process that stood still between question
 * and answer may have lost it since, so it asks again before it goes on. What remains is the time that a request is under way; where
 * that matters, use `transaction`. A write without an answer is made again for as long as a lease lasts: each may be made twice.
 *
 * The lease checks of a fencing token by the one who holds it: M. Kleppmann, "How to do distributed locking" (2016).
 */
function timelyClaim(claim: Claim, { clock, leaseMs, signal }: Writing): Claim {
  const inTime = async (write: () => Promise<void>) => {
    let asked = clock.elapsed()
    const times = { deadline: asked + leaseMs, pollMs: RETRY_MS }
    const ask = () => {
      asked = clock.elapsed()
      return write()
    }
    await lookUntil(ask, times, { clock, signal, waiting: () => undefined })
    while (clock.elapsed() - asked >= leaseMs) {
      asked = clock.elapsed()
      await claim.renew()
    }
  }
  const { epoch, intent, takenFrom, begun } = claim
  return {
    epoch,
    intent,
    takenFrom,
    begun,
    // A transaction is fenced by itself.
    setIntent: (next, client) =>
      client === undefined ? inTime(() => claim.setIntent(next)) : claim.setIntent(next, client),
    record: (event, next) => inTime(() => claim.record(event, next)),
    renew: () => inTime(() => claim.renew()),
    release: () => claim.release(),
  }
}
