import { type Clock, systemClock } from '@rekey/secret'
import type { Claim, JournalEntry, RotationJournal } from './journal.ts'
import { busy, fenced } from './rotation-error.ts'
import type { RotationEvent } from './steps.ts'

interface Row {
  epoch: number
  holder: string | undefined
  leasedUntil: number
  event: RotationEvent | undefined
  at: number
}

/** A journal inside one process, for tests and single-process use. */
export function createMemoryJournal(clock: Clock = systemClock): RotationJournal {
  const rows = new Map<string, Row>()
  return {
    claim(secret, holder, leaseMs) {
      const row = rows.get(secret)
      if (row?.holder !== undefined && row.leasedUntil > clock.now()) {
        return Promise.reject(busy(secret, row.holder))
      }
      const epoch = (row?.epoch ?? 0) + 1
      const at = clock.now()
      rows.set(secret, { epoch, holder, leasedUntil: at + leaseMs, event: row?.event, at })
      return Promise.resolve(createClaim(rows, secret, { epoch, leaseMs, clock }))
    },
    entries: () => Promise.resolve([...rows].map(([secret, row]) => toEntry(secret, row))),
  }
}

function createClaim(
  rows: Map<string, Row>,
  secret: string,
  { epoch, leaseMs, clock }: { epoch: number; leaseMs: number; clock: Clock },
): Claim {
  const held = (): Promise<Row> => {
    const row = rows.get(secret)
    return row?.epoch === epoch ? Promise.resolve(row) : Promise.reject(fenced(secret))
  }
  const renew = async () => {
    const row = await held()
    row.leasedUntil = clock.now() + leaseMs
    return row
  }
  return {
    epoch,
    async record(event) {
      const row = await renew()
      row.event = event
      row.at = clock.now()
    },
    async renew() {
      await renew()
    },
    release() {
      const row = rows.get(secret)
      if (row?.epoch === epoch) row.holder = undefined
      return Promise.resolve()
    },
  }
}

function toEntry(secret: string, { epoch, holder, event, at }: Row): JournalEntry {
  return {
    secret,
    epoch,
    at: new Date(at),
    ...(holder !== undefined && { holder }),
    ...(event !== undefined && { step: event.step, phase: event.phase }),
  }
}
