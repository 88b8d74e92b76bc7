import { SecretError } from '@rekey/secret'

/** PostgreSQL cuts longer names. */
const ROLE = /^[a-z_][a-z0-9_]{0,62}$/

/**
 * Returns the SQL that lays out the tables of a log in a database, for PostgreSQL 14 and later. Run it as an administrator: the
 * role that appends must not own the tables, since an owner can grant itself what it lacks. Running it again changes nothing.
 *
 * Rows are only added: `role` gets no right to change or remove any, and a trigger refuses that to every role, superusers included,
 * until it is dropped.
 *
 * @param role of the logins that append
 * @throws {SecretError} `malformed` for a name that needs quotes
 * @example
 * ```ts
 * await administrator.query(logTablesSql('certtransparency'))
 * ```
 */
export function logTablesSql(role: string): string {
  if (!ROLE.test(role)) {
    const message = `the role of the log's logins needs quotes in SQL: name one of small letters, digits and underscores`
    throw new SecretError('malformed', message)
  }
  return `create table if not exists log_entry (
  index bigint primary key check (index >= 0),
  key bytea not null unique,
  entry bytea not null,
  recorded_at timestamptz not null default now()
);
create table if not exists log_node (
  level smallint not null check (level >= 0),
  index bigint not null check (index >= 0),
  hash bytea not null check (octet_length(hash) = 32),
  primary key (level, index)
);
create or replace function refuse_change_of_log() returns trigger language plpgsql as $$
begin
  raise exception 'the log is append-only' using errcode = 'restrict_violation';
end $$;
create or replace trigger append_only before update or delete or truncate on log_entry
  for each statement execute function refuse_change_of_log();
create or replace trigger append_only before update or delete or truncate on log_node
  for each statement execute function refuse_change_of_log();
alter table log_entry enable always trigger append_only;
alter table log_node enable always trigger append_only;
grant select, insert on log_entry, log_node to ${role};
`
}
