import { type Clock, systemClock } from '@rekey/secret'
import type { EmergencyClaim } from './emergency-claim.ts'
import type {
  Claim,
  JournalEntry,
  RotationEvent,
  RotationIntent,
  RotationJournal,
} from './journal.ts'
import { fenced } from '../engine/rotation-error.ts'
import { displacedBy, refusalOf } from './take-over.ts'

interface Row {
  epoch: number
  holder: string | undefined
  /** By the monotonic clock. */
  leasedUntil: number
  intent: RotationIntent | undefined
  event: RotationEvent | undefined
  emergency: EmergencyClaim | undefined
  at: number
}

/**
 * A journal inside one process, for tests and single-process use.
 *
 * @example
 * ```ts
 * const journal = createMemoryJournal()
 * ```
 */
export function createMemoryJournal(clock: Clock = systemClock): RotationJournal {
  const rows = new Map<string, Row>()
  return {
    name: 'memory',
    claim(secret, holder, leaseMs, options = {}) {
      const row = rows.get(secret)
      const from = row && row.leasedUntil > clock.elapsed() ? row.holder : undefined
      const refusal = row && from && refusalOf(secret, { ...row, holder: from }, options)
      if (refusal) return Promise.reject(refusal)
      const epoch = (row?.epoch ?? 0) + 1
      const emergency = options.isEmergency ? { holder, epoch, from } : row?.emergency
      const next = { epoch, holder, leasedUntil: clock.elapsed() + leaseMs, at: clock.now() }
      rows.set(secret, { intent: row?.intent, event: row?.event, emergency, ...next })
      return Promise.resolve(createClaim(rows, secret, { epoch, leaseMs, clock }))
    },
    entries: (names) => {
      const now = clock.elapsed()
      const asked = names && new Set(names)
      const found = [...rows].filter(([secret]) => asked?.has(secret) ?? true)
      return Promise.resolve(found.map(([secret, row]) => toEntry(secret, row, now)))
    },
  }
}

function createClaim(
  rows: Map<string, Row>,
  secret: string,
  { epoch, leaseMs, clock }: { epoch: number; leaseMs: number; clock: Clock },
): Claim {
  const write = (change: Partial<Row>): Promise<void> => {
    const row = rows.get(secret)
    if (row?.epoch !== epoch) return Promise.reject(fenced(secret, epoch, row?.emergency))
    Object.assign(row, change, { leasedUntil: clock.elapsed() + leaseMs, at: clock.now() })
    return Promise.resolve()
  }
  const { intent, event, emergency } = rows.get(secret) ?? {}
  return {
    epoch,
    intent,
    takenFrom: displacedBy(epoch, emergency),
    ...(event?.phase === 'begin' && { begun: event.step }),
    setIntent: (next) => write({ intent: next }),
    record: (event, next) => write({ event, ...(next && { intent: next }) }),
    renew: () => write({}),
    release() {
      const row = rows.get(secret)
      if (row?.epoch === epoch) row.holder = undefined
      return Promise.resolve()
    },
  }
}

function toEntry(secret: string, row: Row, now: number): JournalEntry {
  const { epoch, holder, leasedUntil, intent, event, at } = row
  return {
    secret,
    epoch,
    at: new Date(at),
    ...(holder !== undefined && leasedUntil > now && { holder }),
    ...(intent !== undefined && { intent }),
    ...(event !== undefined && { step: event.step, phase: event.phase }),
  }
}
