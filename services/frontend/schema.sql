-- Run by an administrator in the service's own database. The service's role may do what its routes need, nothing else.
create table if not exists session (
  id_digest bytea primary key,
  issuer text not null,
  subject text not null,
  email text not null,
  expires_at timestamptz not null
);
alter table session add column if not exists used_at timestamptz not null default now();
alter table session add column if not exists login_digest bytea unique;
create index if not exists session_expires_at on session (expires_at);
create table if not exists quota (
  issuer text not null,
  subject text not null,
  began_at timestamptz not null,
  used integer not null,
  primary key (issuer, subject)
);
create table if not exists profile (
  id bigint generated always as identity primary key,
  issuer text not null,
  subject text not null,
  serial text not null unique,
  fingerprint text not null unique,
  certificate text not null,
  created_at timestamptz not null default now()
);
alter table profile add column if not exists revoked_at timestamptz;
alter table profile add column if not exists device text not null default '';
alter table profile add column if not exists last_used_at timestamptz;
create index if not exists profile_person on profile (issuer, subject, id);
create table if not exists profile_key (
  key_digest bytea primary key,
  issuer text not null,
  subject text not null,
  claimed_at timestamptz not null default now(),
  serial text unique,
  chain text
);
create table if not exists vpn_uses (
  server text primary key,
  since timestamptz not null,
  until timestamptz not null
);
create table if not exists log_checkpoint (
  origin text primary key,
  note text not null,
  kept_at timestamptz not null default now()
);
create table if not exists log_finding (
  id bigint generated always as identity primary key,
  reason text not null,
  shown text not null,
  remembered text,
  found_at timestamptz not null default now()
);
grant select, insert, delete, update (used_at) on session to frontend;
grant select, insert, update on quota to frontend;
grant select, insert, update (revoked_at, last_used_at) on profile to frontend;
grant select, insert, update (claimed_at, serial, chain) on profile_key to frontend;
grant select, insert, update on vpn_uses to frontend;
grant select, insert, update on log_checkpoint to frontend;
grant select, insert on log_finding to frontend;
