import { SecretError } from '@rekey/secret'

/** PostgreSQL cuts longer names. */
const ROLE = /^[a-z_][a-z0-9_]{0,62}$/

/**
 * Returns the SQL that lays out the tables of an audit log, for PostgreSQL 14 and later. Run it as an administrator: the role that writes must not own the tables, since an
 * owner can grant itself what it lacks. Running it again keeps the lines, and brings tables of an older release to the rights of this one. It stops, and changes nothing, where one of the tables
 * belongs to another role or has a trigger or a rule that is not of this SQL.
 *
 * `role` may read, and call two functions, which run as the owner: `audit_hold` waits for other writers, and `audit_append` adds lines, of which each has the number and the hash that follow from the last one.
 * A trigger refuses to change or remove lines to every role until it is dropped. The key of the next line is in a table of its own, which only `role` may read.
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
  return `begin;
${TABLES}
${FUNCTIONS}
revoke all on audit_line, audit_state from public, ${role};
revoke all on function audit_hold(), audit_append(text[], text, text) from public;
grant select on audit_line, audit_state to ${role};
grant execute on function audit_hold(), audit_append(text[], text, text) to ${role};
commit;
`
}

const TABLES = `create table if not exists audit_line (
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
do $$
declare found text;
begin
  select string_agg(relname || ' of ' || pg_get_userbyid(relowner), ', ') into found
    from pg_class where oid in ('audit_line'::regclass, 'audit_state'::regclass)
    and pg_get_userbyid(relowner) <> current_user;
  if found is not null then
    raise exception 'the tables of the audit log belong to another role (%): run this as that role, or remove them if they are not yours', found;
  end if;
  select string_agg(name, ', ') into found from (
    select tgname as name from pg_trigger
      where tgrelid in ('audit_line'::regclass, 'audit_state'::regclass) and (tgname, tgrelid) <> ('append_only', 'audit_line'::regclass)
    union all select rulename from pg_rewrite where ev_class in ('audit_line'::regclass, 'audit_state'::regclass)
  ) strange;
  if found is not null then
    raise exception 'the tables of the audit log have triggers or rules that are not its own (%): remove them', found;
  end if;
end $$;`

/** With the search path of the schema that the tables are in: a function of its owner must not look anywhere else, nor at temporary tables first. */
const FUNCTIONS = `create or replace function refuse_change_of_audit() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only' using errcode = 'restrict_violation';
end $$;
create or replace trigger append_only before update or delete or truncate on audit_line
  for each statement execute function refuse_change_of_audit();
alter table audit_line enable always trigger append_only;
create or replace function audit_hold() returns void language plpgsql security definer as $$
begin
  insert into audit_state (seq, hash, seed) values (0, repeat('0', 64), '') on conflict do nothing;
  perform from audit_state for update;
end $$;
create or replace function audit_append(new_lines text[], log_id text, next_seed text) returns void
language plpgsql security definer as $$
declare
  last_seq bigint;
  last_hash text;
  new_line text;
begin
  select seq, hash into strict last_seq, last_hash from audit_state for update;
  foreach new_line in array new_lines loop
    last_seq := last_seq + 1;
    if not starts_with(new_line, '{"seq":' || last_seq || ',') or last_hash is distinct from
      substring(new_line from '"prev":"([0-9a-f]{64})","next":"[0-9A-Za-z_-]{43}","signature":"[0-9A-Za-z_-]{86}"}$')
    then
      raise exception 'entry % does not follow the one before', last_seq using errcode = 'check_violation';
    end if;
    insert into audit_line (seq, line) values (last_seq, new_line);
    last_hash := encode(sha256(convert_to(new_line, 'UTF8')), 'hex');
  end loop;
  update audit_state
    set log = coalesce(log, log_id), seq = last_seq, hash = last_hash, seed = next_seed;
end $$;
do $$ begin
  execute format('alter function audit_hold() set search_path = %I, pg_temp', current_schema());
  execute format('alter function audit_append(text[], text, text) set search_path = %I, pg_temp', current_schema());
end $$;`
