import type { AuditSink } from '@rekey/audit-log/internal'
import type { RecordSignIn } from '../console/door/sign-in.ts'
import { type Clock, systemClock } from '@rekey/secret'
import { personOf } from './console-orders.ts'
import { EntryLimit } from './entry-limit.ts'

/**
 * Records the sign-ins of a console: `console.sign-in` and `console.sign-out` with the person whom the identity provider has proved. A browser without a person,
 * and a person without a role, can be refused as often as they ask, so those entries are limited.
 */
export function recordSignIns(audit: AuditSink, clock: Clock = systemClock): RecordSignIn {
  const limit = new EntryLimit(clock)
  return async ({ action, operator, refusedFor }) => {
    // Without it, the log names the person who runs the console.
    const person = operator === undefined ? 'unknown' : personOf(operator)
    const role = operator?.role
    const write = (more: { readonly unrecorded?: number }) =>
      audit.record({
        ...{ actor: 'rekey', action: `console.${action}`, subject: 'console', person },
        outcome: refusedFor === undefined ? 'succeeded' : 'refused',
        details: {
          ...(role !== undefined && { role }),
          ...(refusedFor !== undefined && { reason: refusedFor }),
          ...more,
        },
      })
    await (refusedFor === undefined ? write({}) : limit.record(person, write))
  }
}
