import type { OwnTables, SqlStatements } from '@rekey/secret/internal/kind'
import type { SqlClient, SqlPool } from '@rekey/secret/kind'
import { openTables, type TablesToOpen } from '../../journal/open-tables.ts'

/** The longest report, in characters: about a thousand secrets. */
const MAX_REPORT = 1_048_576

/**
 * `rekey.reporter` names the role whose members may write the rows of a service. The time of a row is the server's, so a replica
 * cannot report for tomorrow.
 */
const SCHEMA = `
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

const COMPLETE = `
  select to_regclass('rekey.reporter') is not null and exists (
    select from pg_policy p join pg_class c on c.oid = p.polrelid
    where c.oid = to_regclass('rekey.report') and c.relrowsecurity and p.polname = 'own'
  ) as complete`

/** A release before this one let reporters remove rows, which lets a role lock the whole table: see below. */
const OWN: OwnTables = {
  schema: 'rekey',
  tables: {
    reporter: {},
    report: { granted: ['INSERT', 'UPDATE', 'DELETE'], triggers: ['stamp'], policies: ['own'] },
  },
  what: 'the board of reports',
}

const LET = `
  insert into rekey.reporter as r (service, role) values ($1, $2)
  on conflict (service) do update set role = excluded.role where r.role <> excluded.role`

/** Only what is absent, since each GRANT changes a row of a catalogue. */
const GRANTS = `
  select case when has_schema_privilege($1::name, 'rekey', 'usage') and has_table_privilege($1::name, 'rekey.reporter', 'select')
      and has_table_privilege($1::name, 'rekey.report', 'select') and has_column_privilege($1::name, 'rekey.report', 'report', 'insert')
      and has_column_privilege($1::name, 'rekey.report', 'report', 'update') then ''
    else format('grant usage on schema rekey to %1$I; grant select on rekey.reporter to %1$I;'
      'grant select, insert (service, replica, report), update (report) on rekey.report to %1$I', $1::text) end as grants`

/** A right on the whole table to change it is a right to lock it (PostgreSQL documentation, LOCK). */
const TAKE_BACK = `
  select format('revoke insert, update, delete on rekey.report from %s',
    string_agg(distinct case x.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end, ', ')) as revoke
  from pg_class c, aclexplode(c.relacl) x
  where c.oid = 'rekey.report'::regclass and x.grantee <> c.relowner and x.privilege_type in ('INSERT', 'UPDATE', 'DELETE')
  having count(*) > 0`

/** Rows of processes that ended, or that have been silent for a day. A row that its reporter has locked waits for the next time. */
const TIDY = `
  delete from rekey.report where (service, replica) in (
    select service, replica from rekey.report
    where report = '' or at < clock_timestamp() - interval '1 day' for update skip locked)`

interface Reporter {
  readonly service: string
  readonly role: string
}

/** Makes the board, and lets each reporter write its rows. In one transaction, so that no reporter finds half of it. */
export async function openBoardTable(
  database: SqlPool,
  reporters: readonly Reporter[],
  statements: SqlStatements,
): Promise<void> {
  const tables: TablesToOpen = {
    document: 'board',
    own: OWN,
    isComplete: COMPLETE,
    create: SCHEMA,
    statements,
  }
  await openTables(database, tables, async (client) => {
    const [back] = await statements.query<{ revoke: string }>(client, TAKE_BACK)
    if (back !== undefined) await statements.query(client, back.revoke)
    for (const reporter of reporters) await letReport(client, reporter, statements)
    await statements.query(client, TIDY)
  })
}

async function letReport(
  client: SqlClient,
  { service, role }: Reporter,
  statements: SqlStatements,
): Promise<void> {
  await statements.query(client, LET, [service, role])
  const [row] = await statements.query<{ grants: string }>(client, GRANTS, [role])
  if (row !== undefined && row.grants !== '') await statements.query(client, row.grants)
}
