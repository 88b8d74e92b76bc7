import type { SqlClient } from '@rekey/secret/kind'

/** The longest report, in characters: about a thousand secrets. */
const MAX_REPORT = 1_048_576

/**
 * `rekey.reporter` names the role whose members may write the rows of a service. The time of a row is the server's, so a replica
 * cannot report for tomorrow.
 */
const SCHEMA = `
  select pg_advisory_xact_lock(hashtext('rekey.report'));
  create schema if not exists rekey;
  create table if not exists rekey.reporter (service text primary key, role name not null);
  create table if not exists rekey.report (
    service text not null,
    replica text not null check (length(replica) between 1 and 200),
    report text not null check (length(report) <= ${MAX_REPORT}),
    at timestamptz not null default clock_timestamp(),
    primary key (service, replica)
  );
  create or replace function rekey.stamp_report() returns trigger language plpgsql
    set search_path = pg_catalog as $$ begin new.at := clock_timestamp(); return new; end $$;
  create or replace trigger stamp before insert or update on rekey.report
    for each row execute function rekey.stamp_report();
  do $$ begin
    if exists (select from pg_policies where (schemaname, tablename, policyname) = ('rekey', 'report', 'own')) then
      return;
    end if;
    alter table rekey.report enable row level security;
    create policy own on rekey.report using (exists (
      select from rekey.reporter as r
      where r.service = report.service and pg_has_role(current_user, to_regrole(quote_ident(r.role)), 'usage')
    ));
  end $$;`

const LET = `
  insert into rekey.reporter (service, role) values ($1, $2)
  on conflict (service) do update set role = excluded.role`

interface Reporter {
  readonly service: string
  readonly role: string
}

/** Makes the board, and lets each reporter write its rows. In one transaction, so that no reporter finds half of it. */
export async function createBoardTable(
  client: SqlClient,
  reporters: readonly Reporter[],
): Promise<void> {
  await client.query('begin')
  await client.query(SCHEMA)
  for (const { service, role } of reporters) {
    await client.query(LET, [service, role])
    const { rows } = await client.query<{ grants: string }>(
      `select format('grant usage on schema rekey to %1$I; grant select on rekey.reporter to %1$I;'
        'grant select, delete, insert (service, replica, report), update (report) on rekey.report to %1$I', $1::text) as grants`,
      [role],
    )
    await client.query(rows[0]?.grants ?? '')
  }
  await client.query('commit')
}
