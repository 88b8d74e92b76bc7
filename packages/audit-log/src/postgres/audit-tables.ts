import { SecretError } from '@rekey/secret'

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
