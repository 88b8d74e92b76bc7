import { SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import type { LogSource } from '../signed/log-source.ts'
import type { LogLine } from '../signed/segments.ts'
import { statements } from './audit-query.ts'
import { PLACE_NAME } from './postgres-place.ts'

/** The lines in the tables of `auditTablesSql`, and where their key continues if the login may read that. */
export function postgresSource(database: SqlClient): LogSource {
  return {
    name: PLACE_NAME,
    remedy: 'name the database that it is written to',
    async end() {
      const [row] = await readEnd(database)
      return row && { log: row.log ?? '', seq: Number(row.seq), hash: row.hash }
    },
    lines: () => readLines(database),
  }
}

interface EndRow {
  readonly log: string | null
  readonly seq: string
  readonly hash: string
}

function readEnd(database: SqlClient): Promise<EndRow[]> {
  const end = 'select log, seq::text, hash from audit_state'
  return statements.query<EndRow>(database, end).catch((error: unknown) => {
    if (error instanceof SecretError && error.code === 'forbidden') return []
    throw error
  })
}

/** A page of the largest lines is 4 MiB. */
const PAGE = 256
// Unqualified, the order would be that of the text: 1, 10, 2.
const LINES = `
  select seq::text, line from audit_line where seq > $1 order by audit_line.seq limit ${PAGE}`

async function* readLines(database: SqlClient): AsyncGenerator<LogLine> {
  for (let after = 0; ;) {
    const rows = await statements.query<{ seq: string; line: string }>(database, LINES, [after])
    for (const { seq, line } of rows) {
      after = Number(seq)
      yield { text: line, ended: true, path: 'audit_line', line: after }
    }
    if (rows.length < PAGE) return
  }
}
