import type { Clock } from '@rekey/secret'
import type { Claim } from './journal.ts'

/**
 * The same claim, whose replies count only while the lease lasts that they are about: a process that stood still between question
 * and answer may have lost it since, so it asks again before it goes on. What remains is the time that a request is under way; where
 * that matters, use `transaction`.
 *
 * The lease checks of a fencing token by the one who holds it: M. Kleppmann, "How to do distributed locking" (2016).
 */
export function timelyClaim(
  claim: Claim,
  { clock, leaseMs }: { clock: Clock; leaseMs: number },
): Claim {
  const inTime = async (write: Promise<void>) => {
    let asked = clock.elapsed()
    await write
    while (clock.elapsed() - asked >= leaseMs) {
      asked = clock.elapsed()
      await claim.renew()
    }
  }
  const { epoch, intent, transaction } = claim
  return {
    epoch,
    intent,
    // A transaction is fenced by itself.
    setIntent: (next, client) =>
      client === undefined ? inTime(claim.setIntent(next)) : claim.setIntent(next, client),
    record: (event, next) => inTime(claim.record(event, next)),
    renew: () => inTime(claim.renew()),
    release: () => claim.release(),
    ...(transaction && { transaction: (work) => transaction(work) }),
  }
}
