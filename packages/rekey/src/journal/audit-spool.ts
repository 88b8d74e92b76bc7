import type { AuditEvent, AuditSink } from '@rekey/audit-log/internal'
import { type Clock, SecretError, systemClock, within } from '@rekey/secret'

/** An event that the audit log did not take, as the journal keeps it. */
export interface SpooledEvent extends AuditEvent {
  /** In milliseconds since the epoch, by the clock of the rotator. */
  readonly spooledAt: number
}

/** Events of an emergency that are not in the audit log yet, in their order. */
export interface Unaudited {
  readonly entries: readonly SpooledEvent[]
  /** How many more there were than the journal keeps. */
  readonly dropped?: number
}

/** A record takes milliseconds; a leaked secret has no time for a log that is silent. */
const PATIENCE_MS = 2_000
/** A process that answers leaks for weeks tries the log anew after this. */
const RETRY_MS = 30_000
/** A journal in a secret store has 64 KiB for a record (AWS Secrets Manager User Guide, "Quotas"), which holds receipts too. */
const MAX_ENTRIES = 64
const MAX_BYTES = 16 * 1024

/**
 * Passes events on to an audit log, for an emergency, which does not stop where they cannot be recorded. After the first failure, or two seconds without an answer, events
 * wait here in their order: `rotate` keeps them in the journal, with its own writes. The log is tried again once nothing waits and 30 seconds have passed.
 *
 * @example
 * ```ts
 * const audit = new AuditSpool(createSignedLog({ directory: '/var/lib/rekey/audit' }))
 * await rotate(kind, { store, journal, audit, compromised: true })
 * ```
 */
export class AuditSpool implements AuditSink {
  readonly #audit: AuditSink
  readonly #clock: Clock
  #failure: { readonly error: SecretError; readonly since: number } | undefined
  #waiting: readonly SpooledEvent[] = []

  constructor(audit: AuditSink, clock: Clock = systemClock) {
    this.#audit = audit
    this.#clock = clock
  }

  /** Events that are neither in the audit log nor in a journal. */
  get waiting(): readonly SpooledEvent[] {
    return this.#waiting
  }

  /** The person of the audit log. */
  get person(): string | undefined {
    return this.#audit.person
  }

  /** Resolves once the event is in the log, or waits. @throws {SecretError} `malformed` for an event that is no audit event */
  async record(event: AuditEvent): Promise<void> {
    if (await this.#isRecorded(event)) return
    const { person } = this
    const named = { ...(person !== undefined && { person }), ...event }
    this.#waiting = [...this.#waiting, { ...named, spooledAt: this.#clock.now() }]
  }

  /** Forgets events that the journal has. */
  kept(events: readonly SpooledEvent[]): void {
    this.#waiting = this.#waiting.filter((event) => !events.includes(event))
  }

  /** Gives up what still waits. @throws {SecretError} of the audit log, if that is an event: no journal has it */
  requireKept(): void {
    const lost = this.#waiting
    this.#waiting = []
    if (this.#failure !== undefined && lost.length > 0) throw this.#failure.error
  }

  async #isRecorded(event: AuditEvent): Promise<boolean> {
    if (this.#isClosed) return false
    const limit = { what: 'the audit log', limitMs: PATIENCE_MS, clock: this.#clock }
    try {
      await within(limit, () => this.#audit.record(event))
      this.#failure = undefined
      return true
    } catch (error) {
      if (!(error instanceof SecretError) || error.code === 'malformed') throw error
      this.#failure = { error, since: this.#clock.elapsed() }
      return false
    }
  }

  get #isClosed(): boolean {
    if (this.#failure === undefined) return false
    return this.#waiting.length > 0 || this.#clock.elapsed() - this.#failure.since < RETRY_MS
  }
}

/** Adds events to those that a journal keeps. Beyond 64 events or 16 KiB they are only counted. */
export function withSpooled(
  { entries, dropped = 0 }: Unaudited = { entries: [] },
  spooled: readonly SpooledEvent[],
): Unaudited {
  const kept = [...entries]
  let bytes = Buffer.byteLength(JSON.stringify(kept))
  let lost = dropped
  for (const event of spooled) {
    bytes += Buffer.byteLength(JSON.stringify(event)) + 1
    if (lost > 0 || kept.length >= MAX_ENTRIES || bytes > MAX_BYTES) lost += 1
    else kept.push(event)
  }
  return { entries: kept, ...(lost > 0 && { dropped: lost }) }
}

/** Counts the events that are not in the audit log. */
export function countUnaudited({ entries, dropped = 0 }: Unaudited = { entries: [] }): number {
  return entries.length + dropped
}

/**
 * Writes the events to the audit log in their order, each with `spooledAt`, the time at which it happened.
 *
 * @param save keeps those that are left: undefined for none
 * @throws {SecretError} of the audit log, once those that are left are saved
 */
export async function writeUnaudited(
  secret: string,
  { entries, dropped = 0 }: Unaudited,
  { audit, save }: Pick<Writing, 'audit' | 'save'>,
): Promise<void> {
  const writing: Writing = { audit, save, left: [...entries], lost: dropped }
  try {
    await writeEach(secret, writing)
  } catch (error) {
    await save(unauditedOf(writing))
    throw error
  }
  await save(undefined)
}

interface Writing {
  readonly audit: AuditSink
  readonly save: (left: Unaudited | undefined) => Promise<void>
  readonly left: SpooledEvent[]
  lost: number
}

async function writeEach(secret: string, writing: Writing): Promise<void> {
  const { audit, left } = writing
  for (let [first] = left; first !== undefined; [first] = left) {
    if (!(await isTaken(audit, first))) writing.lost += 1
    left.shift()
  }
  if (writing.lost === 0) return
  const details = { count: writing.lost }
  const event = { actor: 'rekey', action: 'audit.dropped', subject: secret, details }
  await audit.record({ ...event, outcome: 'failed' })
}

/** Whether the log took the event. One that is malformed would be refused each time. */
async function isTaken(
  audit: AuditSink,
  { spooledAt, person = 'unknown', details, ...event }: SpooledEvent,
): Promise<boolean> {
  try {
    const at = new Date(spooledAt).toISOString()
    await audit.record({ ...event, person, details: { ...details, spooledAt: at } })
    return true
  } catch (error) {
    const isMalformed = error instanceof SecretError && error.code === 'malformed'
    if (isMalformed || error instanceof RangeError) return false
    throw error
  }
}

function unauditedOf({ left, lost }: Writing): Unaudited {
  return { entries: left, ...(lost > 0 && { dropped: lost }) }
}
