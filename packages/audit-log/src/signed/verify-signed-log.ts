import { SecretError, systemClock } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import { type AuditDamage } from '../verify-audit-log.ts'
import type { AuditEntry, AuditHead } from '../audit-entry.ts'
import { postgresSource } from '../postgres/postgres-source.ts'
import { type CheckpointMark, contradictionOf } from './checkpoint.ts'
import { fileSource } from './file-source.ts'
import type { LogSource } from './log-source.ts'
import type { LogLine } from './segments.ts'
import {
  isSignedAfter,
  NO_SIGNED_HEAD,
  parseSigned,
  type SignedEntry,
  type SignedHead,
  signedHeadAfter,
} from './signed-entry.ts'

/**
 * How a signed log was damaged, at the entry it names, beside {@link AuditDamage}.
 *
 * - `edited`: the line is not signed by the key that the line before commits to
 * - `forked`: the log was continued twice from one entry, and this is not the continuation that was signed
 * - `replaced`: this is another log than the one of the checkpoint
 * - `shortened`: the log ends before a checkpoint, or before the entry that its key file is for
 */
export type SignedLogDamage = AuditDamage | 'forked' | 'replaced'

/** The result of {@link verifySignedLog}. `entries` are sound, counted from the first. */
export type SignedLogVerdict =
  | {
      readonly ok: true
      readonly entries: number
      /** The id of the log; absent while it has no entry. */
      readonly log?: string
      readonly head: AuditHead
      /**
       * Up to which entry nothing can be missing: that of the newest checkpoint. Beyond it, an attacker with an older copy of the log and its key file can have put both
       * back.
       */
      readonly confirmed: number
      /** Whether the key file confirms the end; false where it is not at hand, as in a copy of the log. */
      readonly hasKey: boolean
    }
  | {
      readonly ok: false
      readonly entries: number
      /** The first entry that is not sound, counted from 1. */
      readonly entry: number
      readonly reason: SignedLogDamage
      /** The file and the line that it was found at, where there is one. */
      readonly path?: string
      readonly line?: number
    }

/** Inputs of each verification. */
export interface LogClaim {
  /** Checkpoints that were kept elsewhere, such as in a transparency log. Default: none. */
  readonly checkpoints?: readonly CheckpointMark[]
  /** Called with each sound entry, in order. */
  readonly onEntry?: (entry: AuditEntry) => void
}

/** Where a signed log is read. A database needs `select` on `audit_line`; with `select (log, seq, hash)` on `audit_state`, its key confirms the end. */
export type AuditSource = { readonly directory: string } | { readonly database: SqlClient }

/** Inputs of {@link verifySignedLog}. */
export type SignedLogClaim = LogClaim & AuditSource

const LOOKS = 3
const LOOK_AGAIN_MS = 100

/**
 * Verifies a signed log: each entry, its hash of the line before, its signature by the key that the line before commits to, and where it ends by its key file
 * and by checkpoints. No secret is needed. A line in a database is named by its number. A line that is being written has no end yet, so one
 * is torn if it still has none after 200 ms.
 *
 * @throws {SecretError} `missing` without a log, `forbidden`, `unreachable` for what cannot be read, `malformed` for the key file
 * @example
 * ```ts
 * const verdict = await verifySignedLog({ directory: '/var/lib/rekey/audit' })
 * ```
 */
export async function verifySignedLog(claim: SignedLogClaim): Promise<SignedLogVerdict> {
  const source = 'database' in claim ? postgresSource(claim.database) : fileSource(claim.directory)
  let reported = 0
  const onEntry = (entry: AuditEntry) => {
    if (entry.seq <= reported) return
    reported = entry.seq
    claim.onEntry?.(entry)
  }
  for (let look = 1; ; look += 1) {
    const verdict = await verifyLogSource(source, { ...claim, onEntry })
    if (verdict.ok || verdict.reason !== 'torn' || look === LOOKS) return verdict
    await systemClock.sleep(LOOK_AGAIN_MS, undefined, { keepAlive: true })
  }
}

async function verifyLogSource(
  source: LogSource,
  { checkpoints = [], onEntry }: LogClaim,
): Promise<SignedLogVerdict> {
  const end = await source.end()
  const marks = [...checkpoints, ...(end ? [end] : [])]
  let head = NO_SIGNED_HEAD
  for await (const line of source.lines()) {
    const signed = parseSigned(line.text)
    const reason = await findDamage({ line, signed, head, source })
    if (reason !== undefined) return broken(head, reason, line)
    if (signed === undefined) continue
    head = signedHeadAfter(line.text, signed, head)
    const here = marks.filter(({ seq }) => seq === head.seq)
    const [wrong] = here.flatMap((mark) => contradictionOf(mark, head) ?? [])
    if (wrong !== undefined) return broken({ ...head, seq: head.seq - 1 }, wrong, line)
    onEntry?.(signed.entry)
  }
  if (head.seq === 0 && marks.length === 0) throw noLog(source)
  return ended(head, marks, checkpoints, end !== undefined)
}

function noLog({ name, remedy }: LogSource): SecretError {
  return new SecretError('missing', `there is no signed audit log in ${name}: ${remedy}`)
}

function ended(
  head: SignedHead,
  marks: readonly CheckpointMark[],
  checkpoints: readonly CheckpointMark[],
  hasKey: boolean,
): SignedLogVerdict {
  const other = marks.find(({ log, seq }) => seq > 0 && head.log !== undefined && log !== head.log)
  if (other !== undefined) return broken({ ...head, seq: 0 }, 'replaced')
  if (marks.some(({ seq }) => seq > head.seq)) return broken(head, 'shortened')
  const confirmed = Math.max(0, ...checkpoints.map(({ seq }) => seq))
  const { seq, hash, log } = head
  const known = log === undefined ? {} : { log }
  return { ok: true, entries: seq, ...known, head: { seq, hash }, confirmed, hasKey }
}

interface FoundLine {
  readonly line: LogLine
  readonly signed: SignedEntry | undefined
  readonly head: SignedHead
  readonly source: LogSource
}

async function findDamage({
  line,
  signed,
  head,
  source,
}: FoundLine): Promise<SignedLogDamage | undefined> {
  if (!line.ended) return 'torn'
  if (signed === undefined) return 'unreadable'
  const { entry } = signed
  if (entry.seq !== head.seq + 1) return await whyMisplaced(source, entry.seq, head.seq + 1)
  if (!isSignedAfter(line.text, signed, head)) return 'edited'
  // Both lines are signed: the line before is not the one that was there when this one was signed.
  return entry.prev === head.hash ? undefined : 'forked'
}

async function whyMisplaced(
  source: LogSource,
  found: number,
  expected: number,
): Promise<SignedLogDamage> {
  if (found < expected) return 'repeated'
  for await (const { text } of source.lines()) {
    if (parseSigned(text)?.entry.seq === expected) return 'reordered'
  }
  return 'removed'
}

function broken({ seq }: AuditHead, reason: SignedLogDamage, at?: LogLine): SignedLogVerdict {
  const place = at && { path: at.path, line: at.line }
  return { ok: false, entries: seq, entry: seq + 1, reason, ...place }
}
