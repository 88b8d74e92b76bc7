import type { OrderTaker, RotationOrder } from '@rekey/console'
import type { Rotator } from '@rekey/family/rotator'
import { AuditSpool } from '@rekey/rotation'
import { SecretError } from '@rekey/secret'
import type { RotationKind } from '@rekey/secret/kind'
import { openEngine } from './engine.ts'
import { recorded } from './recorded-command.ts'

type Operator = Parameters<OrderTaker['rotate']>[1]

/** Carries out the orders of a console as `rekey rotate` does, with the person in each entry of the audit log. */
export function takeOrders(rotator: Rotator, signal: AbortSignal): OrderTaker {
  const { store, journal, kinds } = rotator
  return {
    async rotate(order, operator) {
      const kind = kindOf(kinds, order)
      const { compromised } = order
      const log = auditOf(rotator, operator)
      // A leaked secret waits for no audit log.
      const audit = compromised ? new AuditSpool(log) : log
      const command = { command: 'console rotate', subject: kind.name, details: detailsOf(order) }
      const engine = await openEngine(rotator)
      const recording = { audit, ...(!compromised && { journal }) }
      const rotated = await recorded(recording, command, () =>
        engine.rotate(kind, { store, journal, audit, compromised, signal }),
      )
      return rotated.version
    },
    async refused(order, operator) {
      const { name: subject } = kindOf(kinds, order)
      const event = { actor: 'rekey', action: 'command.console rotate', subject }
      const details = { ...detailsOf(order), reason: 'role' }
      await auditOf(rotator, operator).record({ ...event, outcome: 'refused', details })
    },
  }
}

function kindOf(kinds: Rotator['kinds'], { title }: RotationOrder): RotationKind {
  const kind = kinds.get(title)
  if (kind !== undefined) return kind
  throw new SecretError('missing', 'the family has no such secret: load the page anew')
}

function detailsOf({ compromised }: RotationOrder) {
  return compromised ? { compromised } : {}
}

/** The identity provider has proved who the person is, so there is no `claimed` before it. */
export function personOf({ issuer, subject }: Operator): string {
  return `oidc:${issuer}#${subject}`
}

function auditOf({ audit }: Rotator, operator: Operator): Rotator['audit'] {
  const person = personOf(operator)
  return { record: (event) => audit.record({ ...event, person }) }
}
