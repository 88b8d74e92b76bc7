import { SecretError } from '@rekey/secret'
import { describeUnwritable } from '@rekey/secret/internal/files'
import { withSqlClient } from '@rekey/secret/internal/kind'
import { statements } from '../postgres/audit-query.ts'
import { readState } from './log-state.ts'
import type { AuditPlace } from './signed-log.ts'

const MAY_APPEND = `
  select has_function_privilege('audit_begin()', 'EXECUTE')
    and has_function_privilege('audit_append(bigint, text[])', 'EXECUTE')
    and has_table_privilege('audit_line', 'SELECT') and has_table_privilege('audit_stream', 'SELECT') as allowed`

/**
 * Checks that this process could add an entry to the log at a place, and writes nothing: the directory can be written and its key is sound, or
 * the login has the rights of `auditTablesSql`.
 *
 * @throws {SecretError} `unwritable`, `malformed`, `missing`, `forbidden`, `unreachable`, as `record` would
 */
export async function checkAuditPlace(place: AuditPlace): Promise<void> {
  if ('database' in place) {
    const [row] = await withSqlClient(place.database, statements.failure, (client) =>
      statements.query<{ allowed: boolean }>(client, MAY_APPEND),
    )
    if (row?.allowed !== true)
      throw statements.failure(Object.assign(new Error(), { code: '42501' }))
    return
  }
  const fault = await describeUnwritable(place.directory)
  if (fault !== undefined) throw new SecretError('unwritable', fault, { path: place.directory })
  await readState(place.directory)
}
