-- Run by an administrator in the service's own database. The service's role may read and append, nothing else.
create table if not exists entry (
  index bigint generated always as identity primary key,
  issuer text not null,
  serial text not null,
  fingerprint text not null unique,
  certificate text not null,
  recorded_at timestamptz not null default now(),
  unique (issuer, serial)
);
grant select, insert on entry to certtransparency;
