import { SecretError } from '@rekey/secret'

/** PostgreSQL cuts longer names. */
const ROLE = /^[a-z_][a-z0-9_]{0,62}$/

/**
 * Returns the SQL that lays out the tables of an audit log, for PostgreSQL 14 and later. Run it as an administrator: the role that writes must not own the tables, since an
 * owner can grant itself what it lacks. Running it again keeps the lines. The log of an older release becomes the stream 0, to which nothing can be added, and the table with the key of its next line is
 * dropped. It stops, and changes nothing, where one of the tables or functions belongs to another role, or one of the tables has a trigger or a rule that is not of this SQL.
 *
 * `role` may read, and call two functions, which run as the owner: `audit_begin` begins a stream of the login, and `audit_append` adds lines to one, of which each has the number and the hash that follow from
 * its last one. A login can neither add to a stream of another login nor make it wait. A trigger refuses to change or remove lines to every role until it is dropped. No table has a key.
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
${CHECK}
${UPGRADE}
${FUNCTIONS}
revoke all on audit_line, audit_stream from public, ${role};
revoke all on function audit_begin(), audit_append(bigint, text[]) from public;
grant select on audit_line, audit_stream to ${role};
grant execute on function audit_begin(), audit_append(bigint, text[]) to ${role};
commit;
`
}

/** `taken_at` is in microseconds since 1970, by the clock of the server, and grows within a stream. The stream 0 has the id of the log. */
const TABLES = `create table if not exists audit_line (
  stream bigint not null,
  seq bigint not null check (seq >= 1),
  taken_at bigint not null,
  line text not null,
  primary key (stream, seq)
);
create table if not exists audit_stream (
  stream bigint generated always as identity primary key,
  writer text not null,
  log text,
  seq bigint not null default 0,
  hash text not null default repeat('0', 64),
  taken_at bigint not null default 0,
  heads text not null default ''
);`

const CHECK = `do $$
declare
  tables constant oid[] := array['audit_line'::regclass, 'audit_stream'::regclass, to_regclass('audit_state')];
  found text;
begin
  select string_agg(name || ' of ' || pg_get_userbyid(owner), ', ') into found from (
    select relname as name, relowner as owner from pg_class where oid = any(tables)
    union all select proname, proowner from pg_proc where pronamespace = current_schema()::regnamespace
      and proname in ('audit_hold', 'audit_begin', 'audit_append', 'refuse_change_of_audit')
  ) own where pg_get_userbyid(owner) <> current_user;
  if found is not null then
    raise exception 'the tables or functions of the audit log belong to another role (%): run this as that role, or remove them if they are not yours', found;
  end if;
  if obj_description('audit_line'::regclass, 'pg_class') like 'rekey format %' then
    raise exception 'the tables of the audit log have a newer format: run the SQL of the newest release';
  end if;
  select string_agg(name, ', ') into found from (
    select tgname as name from pg_trigger
      where tgrelid = any(tables) and (tgname, tgrelid) <> ('append_only', 'audit_line'::regclass)
    union all select rulename from pg_rewrite where ev_class = any(tables)
  ) strange;
  if found is not null then
    raise exception 'the tables of the audit log have triggers or rules that are not its own (%): remove them', found;
  end if;
end $$;`

/** Lines of an older release come before all others, so each has the time 0. */
const UPGRADE = `do $$
begin
  if to_regclass('audit_state') is not null then
    alter table audit_line add column stream bigint not null default 0, add column taken_at bigint not null default 0;
    alter table audit_line alter column stream drop default, alter column taken_at drop default;
    alter table audit_line drop constraint audit_line_pkey, add primary key (stream, seq);
    insert into audit_stream (stream, writer, log, seq, hash) overriding system value
      select 0, '', log, seq, hash from audit_state;
    drop table audit_state;
  end if;
  if exists (select from audit_line) and not exists (select from audit_stream) then
    raise exception 'the audit log has lines, and its end is not known: keep the tables as evidence under another name, and run this again';
  end if;
  insert into audit_stream (stream, writer) overriding system value values (0, '') on conflict do nothing;
  update audit_stream set log = replace(gen_random_uuid()::text, '-', '') where stream = 0 and log is null;
end $$;
create index if not exists audit_line_order on audit_line (taken_at, stream, seq);
drop function if exists audit_hold(), audit_append(text[], text, text);`

/** With the search path of the schema that the tables are in: a function of its owner must not look anywhere else, nor at temporary tables first. No statement locks a row of another login. */
const FUNCTIONS = `create or replace function refuse_change_of_audit() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only' using errcode = 'restrict_violation';
end $$;
create or replace trigger append_only before update or delete or truncate on audit_line
  for each statement execute function refuse_change_of_audit();
alter table audit_line enable always trigger append_only;
create or replace function audit_begin() returns bigint language sql security definer as $$
  insert into audit_stream (writer) values (session_user) returning stream;
$$;
create or replace function audit_append(of_stream bigint, new_lines text[]) returns void
language plpgsql security definer as $$
declare
  own audit_stream;
  new_line text;
begin
  select * into own from audit_stream where stream = of_stream and writer = session_user for update;
  if not found then
    raise exception 'this login has no stream %', of_stream using errcode = 'no_data_found';
  end if;
  own.taken_at := greatest(own.taken_at, extract(epoch from clock_timestamp()) * 1000000);
  foreach new_line in array new_lines loop
    own.seq := own.seq + 1;
    if not starts_with(new_line, '{"seq":' || own.seq || ',') or own.hash is distinct from
      substring(new_line from '"prev":"([0-9a-f]{64})","next":"[0-9A-Za-z_-]{43}","signature":"[0-9A-Za-z_-]{86}"}$')
    then
      raise exception 'entry % does not follow the one before', own.seq using errcode = 'check_violation';
    end if;
    if own.seq = 1 then
      own.heads := coalesce(new_line::json #>> '{details,heads}', '');
      if exists (
        select from regexp_split_to_table(own.heads, ' ') head
          left join audit_line l on l.stream = split_part(head, ':', 1)::bigint and l.seq = split_part(head, ':', 2)::bigint
          where head <> '' and split_part(head, ':', 3) is distinct from encode(sha256(convert_to(l.line, 'UTF8')), 'hex')
      ) then
        raise exception 'entry 1 states an end of a stream that is not there' using errcode = 'check_violation';
      end if;
    end if;
    insert into audit_line (stream, seq, taken_at, line) values (of_stream, own.seq, own.taken_at, new_line);
    own.hash := encode(sha256(convert_to(new_line, 'UTF8')), 'hex');
  end loop;
  update audit_stream set seq = own.seq, hash = own.hash, taken_at = own.taken_at, heads = own.heads
    where stream = of_stream;
end $$;
do $$ begin
  execute format('alter function audit_begin() set search_path = %I, pg_temp', current_schema());
  execute format('alter function audit_append(bigint, text[]) set search_path = %I, pg_temp', current_schema());
end $$;`
