import { type AuditHead, headAfter, MAX_LINE_BYTES, NO_HEAD, parseEntry } from './audit-entry.ts'
import { readLines } from './read-lines.ts'

/**
 * How a log was damaged, at the line it names.
 *
 * - `edited`: the line is not the one that the next line (or the anchor) was chained to
 * - `removed`: an entry that belongs here is nowhere after it
 * - `reordered`: an entry that belongs here comes later
 * - `repeated`: an earlier entry stands here again
 * - `unreadable`: this is no audit entry, such as a line that was cut or joined with the next
 * - `torn`: the last line has no end; opening the log for writing moves it aside
 * - `shortened`: the log ends before the anchor
 */
export type AuditDamage =
  'edited' | 'removed' | 'reordered' | 'repeated' | 'unreadable' | 'torn' | 'shortened'

/** The result of {@link verifyAuditLog}. `entries` are sound, counted from the first. */
export type AuditVerdict =
  | { readonly ok: true; readonly entries: number; readonly head: AuditHead }
  | {
      readonly ok: false
      readonly entries: number
      /** The first broken line, counted from 1. */
      readonly line: number
      readonly reason: AuditDamage
    }

/**
 * Checks every entry of a log and the chain that binds them. The chain has no key: who can write the file can also chain
 * it anew, or cut its end. Give an `anchor` (a head that was kept elsewhere) to notice that too, up to the anchor.
 *
 * @throws {SecretError} `missing`, `forbidden`, `unreachable` if the file cannot be read
 */
export async function verifyAuditLog(
  path: string,
  anchor: AuditHead = NO_HEAD,
): Promise<AuditVerdict> {
  let head = NO_HEAD
  for await (const { bytes, ended } of readLines(path, MAX_LINE_BYTES)) {
    const line = head.seq + 1
    const entry = parseEntry(bytes.toString('utf8'))
    if (!ended) return broken(line, 'torn')
    if (entry === undefined) return broken(line, 'unreadable')
    if (entry.seq !== line) return broken(line, await whyMisplaced(path, entry.seq, line))
    if (entry.prev !== head.hash) return broken(Math.max(1, line - 1), 'edited')
    head = headAfter(bytes, line)
    if (anchor.seq === line && anchor.hash !== head.hash) return broken(line, 'edited')
  }
  if (head.seq < anchor.seq) return broken(head.seq + 1, 'shortened')
  return { ok: true, entries: head.seq, head }
}

function broken(line: number, reason: AuditDamage): AuditVerdict {
  return { ok: false, entries: line - 1, line, reason }
}

async function whyMisplaced(path: string, found: number, expected: number): Promise<AuditDamage> {
  if (found < expected) return 'repeated'
  for await (const { bytes } of readLines(path, MAX_LINE_BYTES)) {
    if (parseEntry(bytes.toString('utf8'))?.seq === expected) return 'reordered'
  }
  return 'removed'
}
