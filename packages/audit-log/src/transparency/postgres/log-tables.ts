import { SecretError } from '@rekey/secret'

/** PostgreSQL cuts longer names. */
const ROLE = /^[a-z_][a-z0-9_]{0,62}$/

/** Names that another role chose: one ends no line and turns no text around. */
const NAMES = `string_agg(regexp_replace(name, '[^ -~]', '?', 'g'), ', ')`

/** Finds what would run with the rights of each writer, or hide a row, and is not of {@link logTablesSql}, by `name`. The trigger of the log is for no insert. */
const STRANGE = `select 'trigger ' || quote_ident(tgname) as name from pg_trigger
      where tgrelid in ('log_entry'::regclass, 'log_node'::regclass) and not tgisinternal and (tgname <> 'append_only' or tgtype & 4 <> 0)
    union all select 'rule ' || quote_ident(rulename) from pg_rewrite where ev_class in ('log_entry'::regclass, 'log_node'::regclass)
    union all select 'policy ' || quote_ident(polname) from pg_policy where polrelid in ('log_entry'::regclass, 'log_node'::regclass)`

const JUDGE = `do $$
declare found text;
begin
  if obj_description('log_entry'::regclass, 'pg_class') like 'rekey format %' then
    raise exception 'the tables of the log have a newer format: run the SQL of the newest release';
  end if;
  select ${NAMES} into found from (
    select relname || ' of ' || quote_ident(pg_get_userbyid(relowner)) as name from pg_class
      where oid in ('log_entry'::regclass, 'log_node'::regclass) and pg_get_userbyid(relowner) <> current_user
    union all select proname || '() of ' || quote_ident(pg_get_userbyid(proowner)) from pg_proc
      where oid = to_regprocedure('refuse_change_of_log()') and pg_get_userbyid(proowner) <> current_user
    union all ${STRANGE}
  ) strange;
  if found is not null then
    raise exception 'the tables of the log are not the administrator''s alone (%): remove what is not yours, or run this as its role', found;
  end if;
end $$;`

/**
 * Returns the SQL that lays out the tables of a log in a database, for PostgreSQL 14 and later. Run it as an administrator: the
 * role that appends must not own the tables, since an owner can grant itself what it lacks. Running it again changes nothing. It stops, and changes nothing, where
 * something of another role is in their place: tables, triggers, rules, policies.
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
  return `begin;
create table if not exists log_entry (
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
${JUDGE}
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
commit;
`
}

/** Reads, as `found`, what is on the tables that is not of {@link logTablesSql}; null if there is nothing. The comment states a newer format. */
export const FIND_STRANGE = `select ${NAMES} as found, obj_description('log_entry'::regclass, 'pg_class') as comment from (${STRANGE}) strange`
