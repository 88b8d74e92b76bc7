-- Run by an administrator in the service's own database. The service's role may read and append, nothing else.
create table if not exists entry (
  index bigint generated always as identity primary key,
  fingerprint text not null unique,
  serial text not null,
  certificate text not null,
  recorded_at timestamptz not null default now()
);
grant select, insert on entry to certtransparency;
