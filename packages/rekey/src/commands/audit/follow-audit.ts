import { type AuditEntry, type AuditPlace, stampOfLog } from '@rekey/audit-log/internal'
import { verifySignedLog } from '@rekey/audit-log'
import type { AuditReading } from '../../console/family-reading.ts'
import { type Clock, systemClock } from '@rekey/secret'

/** How many entries are kept, the newest. */
const KEPT = 20

/** A long log takes long to verify: this many times as long passes before it is verified again. */
const PAUSE_FACTOR = 10

/**
 * Creates a reader of the newest entries of a signed audit log. It verifies the whole log again once it has changed; between two
 * verifications it returns the last result, with the time of it.
 */
export function followAudit(
  place: AuditPlace,
  clock: Clock = systemClock,
): (signal: AbortSignal) => Promise<AuditReading> {
  let seen = ''
  let restsUntil = -Infinity
  let last: AuditReading | undefined
  return async (signal) => {
    if (last !== undefined && clock.elapsed() < restsUntil) return last
    try {
      const stamp = await stampOfLog(place)
      if (last !== undefined && stamp === seen) return last
      const startedAt = clock.elapsed()
      const verifiedAt = new Date(clock.now())
      last = { verifiedAt, ...(await verify(place)) }
      restsUntil = clock.elapsed() + PAUSE_FACTOR * (clock.elapsed() - startedAt)
      seen = stamp
      return last
    } catch (error) {
      signal.throwIfAborted()
      return { error }
    }
  }
}

async function verify(place: AuditPlace) {
  const newest: AuditEntry[] = []
  const onEntry = (entry: AuditEntry) => {
    newest.push(entry)
    if (newest.length > KEPT) newest.shift()
  }
  const verdict = await verifySignedLog({ ...place, onEntry })
  const { entries } = verdict
  if (verdict.ok) return { newest: newest.toReversed(), entries }
  const { entry, reason, stream } = verdict
  const damage = { entry, reason, ...(stream !== undefined && { stream }) }
  return { newest: newest.toReversed(), entries, damage }
}
