import { SecretError } from '@rekey/secret'
import type { SqlClient, SqlPool } from '@rekey/secret/kind'
import { createLogWriter, type SignedLog, type WriterOptions } from '../signed/log-writer.ts'
import type { LogLine } from '../signed/segments.ts'
import {
  type LogClaim,
  type LogSource,
  type SignedLogVerdict,
  verifyLogSource,
} from '../signed/verify-signed-log.ts'
import { auditQuery } from './audit-query.ts'
import { PLACE_NAME, postgresPlace } from './postgres-place.ts'

/** PostgreSQL cuts longer names. */
const ROLE = /^[a-z_][a-z0-9_]{0,62}$/

/**
 * Returns the SQL that lays out the tables of an audit log, for PostgreSQL 14 and later. Run it as an administrator: the role that writes must not own the tables, since an
 * owner can grant itself what it lacks. Running it again changes nothing.
 *
 * Lines are only added: `role` gets no right to change or remove any, and a trigger refuses that to every role until it is dropped. The key of
 * the next line is in a table of its own, which only `role` may read and replace.
 *
 * @param role of the logins that write
 * @throws {SecretError} `malformed` for a name that needs quotes
 * @example
 * ```ts
 * await administrator.query(auditTablesSql('audit_writer'))
 * ```
 */
export function auditTablesSql(role: string): string {
  if (!ROLE.test(role)) {
    const message = `the role of the writers of the audit log needs quotes in SQL: name one of small letters, digits and underscores`
    throw new SecretError('malformed', message)
  }
  return `create table if not exists audit_line (
  seq bigint primary key check (seq >= 1),
  line text not null
);
create table if not exists audit_state (
  is_one boolean primary key default true check (is_one),
  log text,
  seq bigint not null,
  hash text not null,
  seed text not null
);
create or replace function refuse_change_of_audit() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only' using errcode = 'restrict_violation';
end $$;
create or replace trigger append_only before update or delete or truncate on audit_line
  for each statement execute function refuse_change_of_audit();
alter table audit_line enable always trigger append_only;
revoke all on audit_line, audit_state from public;
grant select, insert on audit_line to ${role};
grant select, insert, update on audit_state to ${role};
`
}

/** Options of {@link createPostgresAuditLog}. */
export interface PostgresAuditLogOptions extends WriterOptions {
  /** A `pg.Pool`, or one that changes its credentials. Its limits of time are those of a record. */
  readonly database: SqlPool
}

/**
 * Creates the writer of a signed log in the tables of {@link auditTablesSql}, for processes that share no file system: the lines of `createSignedLog`, appended in one
 * transaction with the key of the next. `record` resolves once that is committed.
 *
 * @example
 * ```ts
 * const audit = createPostgresAuditLog({ database: pool })
 * ```
 */
export function createPostgresAuditLog(options: PostgresAuditLogOptions): SignedLog {
  return createLogWriter(postgresPlace(options.database), options)
}

/** Inputs of {@link verifyPostgresAuditLog}. */
export interface PostgresLogClaim extends LogClaim {
  /** Needs no right to read the key; with `select (log, seq, hash)` on `audit_state`, the end is confirmed by it. */
  readonly database: SqlClient
}

/**
 * Verifies a signed log in PostgreSQL as `verifySignedLog` does one in files. A line is named by its number.
 *
 * @throws {SecretError} `missing` without tables or entries, `forbidden`, `unreachable`
 * @example
 * ```ts
 * const verdict = await verifyPostgresAuditLog({ database: pool })
 * ```
 */
export async function verifyPostgresAuditLog(claim: PostgresLogClaim): Promise<SignedLogVerdict> {
  return verifyLogSource(postgresSource(claim.database), claim)
}

function postgresSource(database: SqlClient): LogSource {
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
  return auditQuery<EndRow>(database, end).catch((error: unknown) => {
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
    const rows = await auditQuery<{ seq: string; line: string }>(database, LINES, [after])
    for (const { seq, line } of rows) {
      after = Number(seq)
      yield { text: line, ended: true, path: 'audit_line', line: after }
    }
    if (rows.length < PAGE) return
  }
}
