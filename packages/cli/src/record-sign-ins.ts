import type { AuditSink } from '@rekey/audit-log'
import type { RecordSignIn } from '@rekey/console'
import { type Clock, systemClock } from '@rekey/secret'
import { personOf } from './console-orders.ts'

/** A browser without a person can be refused as often as it asks, so this many of its refusals a minute are entries; the next one has the number of the rest. */
const MOST_UNPROVED = 10
const MINUTE_MS = 60_000

/** Records the sign-ins of a console: `console.sign-in` and `console.sign-out` with the person whom the identity provider has proved. */
export function recordSignIns(audit: AuditSink, clock: Clock = systemClock): RecordSignIn {
  let begunMs = -Infinity
  let taken = 0
  let unrecorded = 0
  const isTooMany = () => {
    if (clock.elapsed() - begunMs >= MINUTE_MS) {
      begunMs = clock.elapsed()
      taken = 0
    }
    taken += 1
    return taken > MOST_UNPROVED
  }
  return async ({ action, operator, refusedFor }) => {
    if (operator === undefined && isTooMany()) {
      unrecorded += 1
      return
    }
    const omitted = operator === undefined ? unrecorded : 0
    const role = operator?.role
    await audit.record({
      ...{ actor: 'rekey', action: `console.${action}`, subject: 'console' },
      // Without it, the log names the person who runs the console.
      person: operator === undefined ? 'unknown' : personOf(operator),
      outcome: refusedFor === undefined ? 'succeeded' : 'refused',
      details: {
        ...(role !== undefined && { role }),
        ...(refusedFor !== undefined && { reason: refusedFor }),
        ...(omitted > 0 && { unrecorded: omitted }),
      },
    })
    unrecorded -= omitted
  }
}
