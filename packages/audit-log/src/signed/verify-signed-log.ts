import { SecretError, systemClock } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import type { AuditEntry, AuditHead } from '../audit-entry.ts'
import { verifyStreams } from '../postgres/verify-streams.ts'
import { type CheckpointMark, contradictionOf } from './audit-checkpoint.ts'
import { findDamage } from './find-damage.ts'
import type { SignedLogDamage, SignedLogVerdict } from './log-verdict.ts'
import { readState } from './log-state.ts'
import { type LogLine, readLogLines } from './segments.ts'
import { NO_SIGNED_HEAD, parseSigned, type SignedHead, signedHeadAfter } from './signed-entry.ts'

/** Inputs of each verification. */
export interface LogClaim {
  /** Checkpoints that were kept elsewhere, such as in a transparency log. Default: none. */
  readonly checkpoints?: readonly CheckpointMark[]
  /** Called with each sound entry, in order. */
  readonly onEntry?: (entry: AuditEntry) => void
}

/** Where a signed log is read. A database needs `select` on `audit_line` and `audit_stream`. */
export type AuditSource = { readonly directory: string } | { readonly database: SqlClient }

/** Inputs of {@link verifySignedLog}. */
export type SignedLogClaim = LogClaim & AuditSource

const LOOKS = 3
const LOOK_AGAIN_MS = 100

/**
 * Verifies a signed log: each entry, its hash of the line before, its signature by the key that the line before commits to, and where it ends by its key file
 * and by checkpoints. No secret is needed. In a database each stream is verified by itself, its end by the others too, and damage is named by stream; entries have one order, by the time at which the server
 * took them, then by stream. A line in a file that is being written has no end yet, so one is torn if it still has none after 200 ms.
 *
 * @throws {SecretError} `missing` without a log, `forbidden`, `unreachable` for what cannot be read, `malformed` for the key file
 * @example
 * ```ts
 * const verdict = await verifySignedLog({ directory: '/var/lib/rekey/audit' })
 * ```
 */
export async function verifySignedLog(claim: SignedLogClaim): Promise<SignedLogVerdict> {
  if ('database' in claim) {
    const { database, checkpoints = [], onEntry = () => undefined } = claim
    return await verifyStreams(database, checkpoints, onEntry)
  }
  let reported = 0
  const onEntry = (entry: AuditEntry) => {
    if (entry.seq <= reported) return
    reported = entry.seq
    claim.onEntry?.(entry)
  }
  for (let look = 1; ; look += 1) {
    const verdict = await verifyDirectory(claim.directory, { ...claim, onEntry })
    if (verdict.ok || verdict.reason !== 'torn' || look === LOOKS) return verdict
    await systemClock.sleep(LOOK_AGAIN_MS, undefined, { keepAlive: true })
  }
}

async function verifyDirectory(
  directory: string,
  { checkpoints = [], onEntry }: LogClaim,
): Promise<SignedLogVerdict> {
  const end = await readKeyMark(directory)
  const lines = () => readLogLines(directory)
  const marks = [...checkpoints, ...(end ? [end] : [])]
  let head = NO_SIGNED_HEAD
  for await (const line of lines()) {
    const signed = parseSigned(line.text)
    const reason = line.ended ? await findDamage({ text: line.text, signed, head, lines }) : 'torn'
    if (reason !== undefined) return broken(head, reason, line)
    if (signed === undefined) continue
    head = signedHeadAfter(line.text, signed, head)
    const here = marks.filter(({ seq }) => seq === head.seq)
    const [wrong] = here.flatMap((mark) => contradictionOf(mark, head) ?? [])
    if (wrong !== undefined) return broken({ ...head, seq: head.seq - 1 }, wrong, line)
    onEntry?.(signed.entry)
  }
  if (head.seq === 0 && marks.length === 0) throw noLog(directory)
  return ended(head, marks, checkpoints, end !== undefined)
}

/** The place that a key file is for, as a checkpoint without a signature; undefined if it is not at hand. */
async function readKeyMark(directory: string): Promise<CheckpointMark | undefined> {
  const state = await readState(directory)
  if (state === undefined) return undefined
  state.key.wipe()
  const { log = '', seq, hash, publicKey = '' } = state.head
  return { log, seq, hash, key: publicKey }
}

function noLog(directory: string): SecretError {
  const message = `there is no signed audit log in ${directory}: name the directory that auditDirectory of the family names`
  return new SecretError('missing', message)
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

function broken({ seq }: AuditHead, reason: SignedLogDamage, at?: LogLine): SignedLogVerdict {
  const place = at && { path: at.path, line: at.line }
  return { ok: false, entries: seq, entry: seq + 1, reason, ...place }
}
