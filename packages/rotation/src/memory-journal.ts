import { type Clock, systemClock } from '@rekey/secret'
import type {
  Claim,
  JournalEntry,
  RotationEvent,
  RotationIntent,
  RotationJournal,
} from './journal.ts'
import { busy, fenced } from './rotation-error.ts'

interface Row {
  epoch: number
  holder: string | undefined
  /** By the monotonic clock. */
  leasedUntil: number
  intent: RotationIntent | undefined
  event: RotationEvent | undefined
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
    claim(secret, holder, leaseMs) {
      const row = rows.get(secret)
      if (row?.holder !== undefined && row.leasedUntil > clock.elapsed()) {
        return Promise.reject(busy(secret, row.holder))
      }
      const epoch = (row?.epoch ?? 0) + 1
      const next = { epoch, holder, leasedUntil: clock.elapsed() + leaseMs, at: clock.now() }
      rows.set(secret, { intent: row?.intent, event: row?.event, ...next })
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
    if (row?.epoch !== epoch) return Promise.reject(fenced(secret))
    Object.assign(row, change, { leasedUntil: clock.elapsed() + leaseMs, at: clock.now() })
    return Promise.resolve()
  }
  return {
    epoch,
    intent: rows.get(secret)?.intent,
    setIntent: (intent) => write({ intent }),
    record: (event, intent) => write({ event, ...(intent && { intent }) }),
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
