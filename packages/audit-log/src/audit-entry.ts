import { createHash } from 'node:crypto'
import { type ErrorDetails, formatIn, requireFormat } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'

/** How an audited action ended. `refused`: it was not allowed, and nothing was done. */
export type AuditOutcome = 'succeeded' | 'refused' | 'failed'

/** One event in the life of a secret. Names, versions and facts only: never a value. */
export interface AuditEvent {
  /** The program that did it: a service, a rotator, a command. */
  readonly actor: string
  /** The person or account that had it done, as `unix:1000:alice`. Absent: unknown. */
  readonly person?: string
  /** The action: `read`, `stage`, `promote`, `revoke`, … */
  readonly action: string
  /** The name of the secret. */
  readonly subject: string
  readonly version?: string
  readonly outcome: AuditOutcome
  readonly details?: ErrorDetails
}

/** An event as it stands in the log. */
export interface AuditEntry extends AuditEvent {
  /** 1 for the first entry, and one more for each. */
  readonly seq: number
  /** When it was recorded, in ISO 8601 with milliseconds, UTC. */
  readonly at: string
  /** SHA-256 of the line before, in hex; 64 zeros in the first entry. */
  readonly prev: string
  /** The stream of a log in PostgreSQL, which `seq` and `prev` are of. */
  readonly stream?: number
  /** The database login that wrote it, as the database states it; empty in a log of an older release. */
  readonly writer?: string
}

/** Where audited events go. Wait for it before doing what is audited: an action that cannot be recorded must not happen. */
export interface AuditSink {
  /** The person that it adds to events that name none. */
  readonly person?: string | undefined
  /**
   * Resolves once the event is safe on disk.
   *
   * @throws {SecretError} `malformed` for an event that is no audit event, `unreachable` if it could not be written
   */
  record(event: AuditEvent): Promise<void>
}

/** A point in a log that can be kept elsewhere, so that a log cut short or rewritten is noticed. */
export interface AuditHead {
  readonly seq: number
  /** SHA-256 of the line, in hex. */
  readonly hash: string
}

/** The most bytes of a line, so that one event cannot fill the disk or a reader's memory. */
export const MAX_LINE_BYTES = 16 * 1024

/** The head before the first entry. */
export const NO_HEAD: AuditHead = { seq: 0, hash: '0'.repeat(64) }

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const HASH = /^[0-9a-f]{64}$/
const OUTCOMES: readonly unknown[] = ['succeeded', 'refused', 'failed'] satisfies AuditOutcome[]

/**
 * The line of an entry, without its line end. The order of fields is fixed, so an entry has exactly one line.
 *
 * @throws {SecretError} `malformed` for an event with an empty or wrong field, or one that is too large
 */
export function formatEntry(event: AuditEvent, at: string, head: AuditHead): string {
  const { actor, person, action, subject, version, outcome, details } = event
  const optional = [person, version].filter((text) => text !== undefined)
  const texts = [actor, action, subject, ...optional]
  const sound = texts.every(isText) && OUTCOMES.includes(outcome) && isScalars(details ?? {})
  if (!sound) {
    throw new SecretError(
      'malformed',
      'an audit event needs an actor, an action, a subject, an outcome, and details that are scalars: pass those',
    )
  }
  const entry = { seq: head.seq + 1, at, actor, person, action, subject, version, outcome, details }
  const line = JSON.stringify({ ...entry, prev: head.hash })
  if (Buffer.byteLength(line) < MAX_LINE_BYTES) return line
  throw new SecretError(
    'malformed',
    `an audit event must be below ${MAX_LINE_BYTES} bytes: shorten it`,
  )
}

/**
 * The entry in a line, or `undefined` if the line is not exactly what {@link formatEntry} would write.
 *
 * @throws {SecretError} `refused` for an entry of a newer format
 */
export function parseEntry(line: string): AuditEntry | undefined {
  const entry = soundEntry(line)
  if (entry === undefined) requireFormat('audit-entry', formatIn(line))
  return entry
}

function soundEntry(line: string): AuditEntry | undefined {
  try {
    const entry = JSON.parse(line) as AuditEntry
    const head = { seq: entry.seq - 1, hash: entry.prev }
    const sound = Number.isSafeInteger(entry.seq) && TIME.test(entry.at) && HASH.test(entry.prev)
    return sound && formatEntry(entry, entry.at, head) === line ? entry : undefined
  } catch (error) {
    const unsound = error instanceof SyntaxError || error instanceof TypeError
    if (unsound || error instanceof SecretError) return undefined
    throw error
  }
}

/** The head of a log that ends with this line. */
export function headAfter(line: string | Uint8Array, seq: number): AuditHead {
  return { seq, hash: createHash('sha256').update(line).digest('hex') }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isScalars(details: unknown): boolean {
  if (typeof details !== 'object' || details === null || Array.isArray(details)) return false
  return Object.values(details).every(
    (value) => typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value),
  )
}
