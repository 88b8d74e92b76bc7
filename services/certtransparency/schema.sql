-- Run by an administrator in the service's own database. The service's role may read and append, nothing else.
-- As logTablesSql of @rekey/audit-log/transparency/postgres returns it.
begin;
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
do $$
declare found text;
begin
  if obj_description('log_entry'::regclass, 'pg_class') like 'rekey format %' then
    raise exception 'the tables of the log have a newer format: run the SQL of the newest release';
  end if;
  select string_agg(regexp_replace(name, '[^ -~]', '?', 'g'), ', ') into found from (
    select relname || ' of ' || quote_ident(pg_get_userbyid(relowner)) as name from pg_class
      where oid in ('log_entry'::regclass, 'log_node'::regclass) and pg_get_userbyid(relowner) <> current_user
    union all select proname || '() of ' || quote_ident(pg_get_userbyid(proowner)) from pg_proc
      where oid = to_regprocedure('refuse_change_of_log()') and pg_get_userbyid(proowner) <> current_user
    union all select 'trigger ' || quote_ident(tgname) as name from pg_trigger
      where tgrelid in ('log_entry'::regclass, 'log_node'::regclass) and not tgisinternal and (tgname <> 'append_only' or tgtype & 4 <> 0)
    union all select 'rule ' || quote_ident(rulename) from pg_rewrite where ev_class in ('log_entry'::regclass, 'log_node'::regclass)
    union all select 'policy ' || quote_ident(polname) from pg_policy where polrelid in ('log_entry'::regclass, 'log_node'::regclass)
  ) strange;
  if found is not null then
    raise exception 'the tables of the log are not the administrator''s alone (%): remove what is not yours, or run this as its role', found;
  end if;
end $$;
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
grant select, insert on log_entry, log_node to certtransparency;
commit;
