import type { OrderTaker, RotationOrder } from '../console/order.ts'
import type { Rotator } from '../family/rotator/open-rotator.ts'
import { AuditSpool } from '../journal/audit-spool.ts'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import type { RotationKind } from '@rekey/secret/kind'
import { holdOf, openEngine } from './engine.ts'
import { EntryLimit } from './entry-limit.ts'
import { recorded } from './recorded-command.ts'

type Operator = Parameters<OrderTaker['rotate']>[1]

/**
 * Carries out the orders of a console as `rekey rotate` does, with the person in each entry of the audit log. Of the orders of a person without the role ten a
 * minute are entries.
 */
export function takeOrders(
  rotator: Rotator,
  signal: AbortSignal,
  clock: Clock = systemClock,
): OrderTaker {
  const { store, journal, kinds } = rotator
  const limit = new EntryLimit(clock)
  return {
    async rotate(order, operator) {
      const kind = kindOf(kinds, order)
      const { compromised, go } = order
      const log = auditOf(rotator, operator)
      // A leaked secret waits for no audit log.
      const audit = compromised ? new AuditSpool(log) : log
      const command = { command: 'console rotate', subject: kind.name, details: detailsOf(order) }
      const engine = await openEngine(rotator)
      const recording = { audit, ...(!compromised && { journal }) }
      const rotated = await recorded(recording, command, () =>
        engine.rotate(kind, {
          ...{ store, journal, audit, compromised, signal, ...holdOf(rotator, kind) },
          ...(go !== undefined && { go }),
        }),
      )
      return rotated.version
    },
    async refused(order, operator) {
      const { name: subject } = kindOf(kinds, order)
      const event = { actor: 'rekey', action: 'command.console rotate', subject }
      const audit = auditOf(rotator, operator)
      await limit.record(personOf(operator), (more) => {
        const details = { ...detailsOf(order), reason: 'role', ...more }
        return audit.record({ ...event, outcome: 'refused', details })
      })
    },
  }
}

function kindOf(kinds: Rotator['kinds'], { title }: RotationOrder): RotationKind {
  const kind = kinds.get(title)
  if (kind !== undefined) return kind
  throw new SecretError('missing', 'the family has no such secret: load the page anew')
}

function detailsOf({ compromised, go }: RotationOrder) {
  return { ...(compromised && { compromised }), ...(go !== undefined && { go }) }
}

/** The identity provider has proved who the person is, so there is no `claimed` before it. */
export function personOf({ issuer, subject }: Operator): string {
  return `oidc:${issuer}#${subject}`
}

function auditOf({ audit }: Rotator, operator: Operator): Rotator['audit'] {
  const person = personOf(operator)
  return { record: (event) => audit.record({ ...event, person }) }
}
