import { appendFileSync } from 'node:fs'
import { biographyTrail, readBiography } from '../biography.ts'
import { fileError, ifMissing, readRegularFile } from '@rekey/secret/internal/files'
import {
  encodeHeadEntry,
  parseEntry,
  parseHeadEntry,
  type TrailHead,
} from '@rekey/audit-log/transparency'
import type { LogClientEntry } from '@rekey/audit-log/internal/transparency'

/** The heads of trails that a log has anchored. */
export interface TrailHeads {
  readonly all: readonly TrailHead[]
  /** Adds the head in an entry of the log, if there is one; durable with a file. */
  readonly add: (entry: LogClientEntry) => void
}

/**
 * Opens the heads that earlier audits have read, one JSON object a line. A line that was cut is left out: the audit reads its entry again.
 *
 * @throws {SecretError} `forbidden`, `unreachable`
 */
export async function openTrailHeads(path?: string): Promise<TrailHeads> {
  const text = path === undefined ? '' : ((await readIfThere(path)) ?? '')
  const all = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1)
    .flatMap(parseLine)
  const add = ({ entry }: LogClientEntry) => {
    const head = parseHeadEntry(parseEntry(entry))
    if (head === undefined) return
    all.push(head)
    if (path === undefined) return
    try {
      // A cut line before it ends here.
      appendFileSync(path, `\n${JSON.stringify(head)}\n`, { mode: 0o600, flush: true })
    } catch (error) {
      throw fileError(error, path)
    }
  }
  return { all, add }
}

const readIfThere = (path: string) =>
  readRegularFile(path)
    .catch(ifMissing)
    .catch((error: unknown) => {
      throw fileError(error, path)
    })

/** A cut line is none of a head, and so is an empty one. */
function parseLine(line: string): TrailHead[] {
  try {
    const head = JSON.parse(line) as TrailHead
    encodeHeadEntry(head)
    return [head]
  } catch {
    return []
  }
}

/** A trail that is not what the log has anchored. */
export interface BrokenTrail {
  readonly reason: 'trail-damaged' | 'trail-rewritten' | 'trail-truncated'
  readonly message: string
}

/**
 * Compares the biography of a CA with its heads in a log.
 *
 * @throws {SecretError} what `readBiography` throws
 */
export async function findBrokenTrails(
  directory: string,
  heads: readonly TrailHead[],
): Promise<BrokenTrail[]> {
  const { verdict, entries } = await readBiography({ directory })
  if (!verdict.ok) return [brokenTrail('trail-damaged', directory, verdict.reason)]
  const trail = biographyTrail(entries[0]?.subject ?? '')
  const own = heads.filter((head) => head.trail === trail)
  // Each line has the hash of the line before.
  const hashAt = (seq: number) =>
    seq === verdict.head.seq ? verdict.head.hash : entries[seq]?.prev
  const cut = own.filter(({ seq }) => seq > verdict.head.seq)
  const changed = own.filter(({ seq, hash }) => seq <= verdict.head.seq && hashAt(seq) !== hash)
  const broken: BrokenTrail[] = []
  const [first] = changed
  if (first) broken.push(brokenTrail('trail-rewritten', directory, `line ${first.seq} or before`))
  const last = cut.at(-1)
  if (last) {
    const what = `${verdict.head.seq} lines, and had ${last.seq}`
    broken.push(brokenTrail('trail-truncated', directory, what))
  }
  return broken
}

function brokenTrail(reason: BrokenTrail['reason'], directory: string, what: string): BrokenTrail {
  const remedy = 'keep it as evidence, and compare it with that of a backup'
  return {
    reason,
    message: `the biography in ${directory} is not as the log has it: ${what}; ${remedy}`,
  }
}
