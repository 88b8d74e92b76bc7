import { jsonIn, SecretError, type StagedSecret } from '@rekey/secret'
import { formatOf, requireFormat } from '@rekey/secret/internal'
import { hasEnded, type ProcessIdentity } from '@rekey/secret/internal/files'
import type { EmergencyClaim } from './emergency-claim.ts'
import type { JournalEntry, RotationEvent, RotationIntent } from './journal.ts'

/** The record of one secret in a journal that lives in a secret store. */
export interface JournalRecord {
  readonly epoch: number
  /** Distinguishes this claim from every other one, also from one of the same epoch that failed. */
  readonly claim: string
  /** Grows with every attempt to write, so that no two records of a claim are the same text. */
  readonly write: number
  /** Absent when the secret was given free. */
  readonly holder?: string | undefined
  /** The process of the holder, if its system shows it. */
  readonly process?: ProcessIdentity | undefined
  /** Milliseconds since the epoch, by the clock of the holder. */
  readonly leasedUntil: number
  readonly intent?: RotationIntent
  readonly event?: Pick<RotationEvent, 'step' | 'phase'>
  /** The last claim of an emergency. */
  readonly emergency?: EmergencyClaim
  /** When it was written, by the same clock. */
  readonly at: number
}

/** How long the holder of a record keeps other rotators out, in milliseconds; 0 once its lease ended before `now`, or its process has ended on this machine. */
export function heldForMs({ leasedUntil, process }: JournalRecord, now: number): number {
  if (leasedUntil < now) return 0
  return process !== undefined && hasEnded(process) ? 0 : Math.max(1, leasedUntil - now)
}

/** JSON on one line. */
export function formatRecord(record: JournalRecord): string {
  return JSON.stringify(record)
}

/**
 * The committed record, and one that was written and not committed.
 *
 * @throws {SecretError} `malformed` if something else is kept under that name; `refused` for a newer format
 */
export function recordsIn({ name, current, pending }: StagedSecret): {
  current: JournalRecord
  pending: JournalRecord | undefined
} {
  return {
    current: parseRecord(name, current.value.expose()),
    pending: pending && parseRecord(name, pending.value.expose()),
  }
}

function parseRecord(name: string, text: string): JournalRecord {
  const record = jsonIn(text)
  requireFormat('journal-entry', formatOf(record), name)
  if (isRecord(record)) return record
  throw new SecretError('malformed', `${name} is no journal of a rotation: remove it`)
}

function isRecord(value: unknown): value is JournalRecord {
  if (typeof value !== 'object' || value === null) return false
  const { epoch, claim, leasedUntil, at } = value as Partial<Record<keyof JournalRecord, unknown>>
  const isNumbered = [epoch, leasedUntil, at].every((each) => Number.isSafeInteger(each))
  return isNumbered && typeof claim === 'string'
}

/** The state of `secret` in the journal. Leases that ended before `now` hold nothing. */
export function toJournalEntry(secret: string, record: JournalRecord, now: number): JournalEntry {
  const { epoch, holder, intent, event, at } = record
  return {
    secret,
    epoch,
    at: new Date(at),
    ...(holder !== undefined && heldForMs(record, now) > 0 && { holder }),
    ...(intent !== undefined && { intent }),
    ...event,
  }
}
