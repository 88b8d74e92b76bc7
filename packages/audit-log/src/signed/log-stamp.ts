import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SqlClient } from '@rekey/secret/kind'
import { fileError, ifMissing } from '@rekey/secret/internal/files'
import { statements } from '../postgres/audit-query.ts'
import type { AuditSource } from './verify-signed-log.ts'

/**
 * Describes the state of a log without reading it: another text once it was written to or changed.
 *
 * @throws {SecretError} `missing`, `forbidden`, `unreachable`
 * @example
 * ```ts
 * const stamp = await stampOfLog({ directory: '/var/lib/rekey/audit' })
 * ```
 */
export async function stampOfLog(source: AuditSource): Promise<string> {
  return 'database' in source ? describeRows(source.database) : describeFiles(source.directory)
}

// A row that was changed has the number of another transaction.
const ROWS = `
  select concat_ws(' ', count(*), sum(number)) as stamp from (
    select xmin::text::bigint as number from audit_line union all select xmin::text::bigint from audit_stream
  ) changed`

async function describeRows(database: SqlClient): Promise<string> {
  const [row] = await statements.query<{ stamp: string }>(database, ROWS)
  return row?.stamp ?? ''
}

/** The names, sizes and times of the files. */
async function describeFiles(directory: string): Promise<string> {
  try {
    const names = (await readdir(directory).catch(ifMissing)) ?? []
    const files = names.toSorted().map(async (name) => {
      const { size, mtimeMs } = await stat(join(directory, name))
      return `${name} ${size} ${mtimeMs}`
    })
    return (await Promise.all(files)).join('\n')
  } catch (error) {
    throw fileError(error, directory)
  }
}
