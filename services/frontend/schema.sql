-- Run by an administrator in the service's own database. The service's role may do what its routes need, nothing else.
create table if not exists session (
  id_digest bytea primary key,
  subject text not null,
  email text not null,
  expires_at timestamptz not null
);
create table if not exists profile (
  id bigint generated always as identity primary key,
  subject text not null,
  serial text not null unique,
  fingerprint text not null unique,
  certificate text not null,
  created_at timestamptz not null default now()
);
grant select, insert, delete on session to frontend;
grant select, insert on profile to frontend;
