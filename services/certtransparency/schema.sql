-- Run by an administrator in the service's own database. The service's role may read and append, nothing else.
-- As logTablesSql of @rekey/transparency-log/postgres returns it.
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
