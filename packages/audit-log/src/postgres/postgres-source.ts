import { requireTableFormat } from '@rekey/secret/internal'
import type { SqlClient } from '@rekey/secret/kind'
import { statements } from './audit-query.ts'

/** A stream as the functions of `auditTablesSql` keep it: its writer, and where it ends. */
export interface StreamEnd {
  readonly stream: number
  /** The login; empty for the log of an older release. */
  readonly writer: string
  /** The id of the log, in the stream 0. */
  readonly log: string | null
  readonly seq: number
  readonly hash: string
  /** As its first line states them. */
  readonly heads: string
}

/** A line with the place that the table gives it. */
export interface StreamLine {
  readonly stream: number
  readonly seq: number
  readonly text: string
}

const ENDS = `
  select stream::text, writer, log, seq::text, hash, heads,
    obj_description('audit_line'::regclass, 'pg_class') as comment
  from audit_stream order by audit_stream.stream`

interface EndRow extends Omit<StreamEnd, 'stream' | 'seq'> {
  readonly comment: string | null
  readonly stream: string
  readonly seq: string
}

/** Reads where each stream ends, in order. @throws {SecretError} `refused` for tables of a newer format */
export async function readEnds(database: SqlClient): Promise<readonly StreamEnd[]> {
  const rows = await statements.query<EndRow>(database, ENDS)
  requireTableFormat(
    'audit-tables',
    rows.map(({ comment }) => comment),
  )
  return rows.map(({ stream, writer, log, seq, hash, heads }) => {
    return { stream: Number(stream), writer, log, seq: Number(seq), hash, heads }
  })
}

interface LineRow {
  readonly stream: string
  readonly seq: string
  readonly taken_at: string
  readonly line: string
}

/** A page of the largest lines is 4 MiB. */
const PAGE = 256
// Unqualified, the order would be that of the text: 1, 10, 2.
const LINES = `
  select l.stream::text, l.seq::text, l.taken_at::text, line from audit_line l
  where (l.taken_at, l.stream, l.seq) > ($1, $2, $3) order by l.taken_at, l.stream, l.seq limit ${PAGE}`
const OF_STREAM = `
  select l.stream::text, l.seq::text, l.taken_at::text, line from audit_line l
  where l.stream = $1 order by l.seq`
const FIRST = `
  select l.stream::text, l.seq::text, l.taken_at::text, line from audit_line l
  where l.stream > $1 and l.seq = 1 order by l.stream limit ${PAGE}`
// One statement, so it reads lines and end as one append has left them.
const BEYOND = `
  select l.stream::text, l.seq::text, l.taken_at::text, line from audit_line l
  left join audit_stream s on s.stream = l.stream
  where l.seq > coalesce(s.seq, 0) order by l.taken_at, l.stream, l.seq limit 1`

/** Reads all lines in one order: by the time at which the server took them, then by stream. */
export async function* readStreamLines(database: SqlClient): AsyncGenerator<StreamLine> {
  for (let after = ['-1', '0', '0']; ;) {
    const rows = await statements.query<LineRow>(database, LINES, after)
    yield* rows.map(toLine)
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) return
    after = [last.taken_at, last.stream, last.seq]
  }
}

/** Reads the first line of each stream. */
export async function* readFirstLines(database: SqlClient): AsyncGenerator<StreamLine> {
  for (let after = 0; ;) {
    const lines = (await statements.query<LineRow>(database, FIRST, [after])).map(toLine)
    yield* lines
    if (lines.length < PAGE) return
    after = lines.at(-1)?.stream ?? after
  }
}

/** Reads the lines of one stream by their numbers. */
export async function* readStream(database: SqlClient, stream: number): AsyncGenerator<StreamLine> {
  yield* (await statements.query<LineRow>(database, OF_STREAM, [stream])).map(toLine)
}

/** Reads a line that is behind the end of its stream, where no function has put it. */
export async function readBeyond(database: SqlClient): Promise<StreamLine | undefined> {
  return (await statements.query<LineRow>(database, BEYOND)).map(toLine)[0]
}

function toLine({ stream, seq, line }: LineRow): StreamLine {
  return { stream: Number(stream), seq: Number(seq), text: line }
}
