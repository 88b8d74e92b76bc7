import { SecretError } from '@rekey/secret'
import { formatOf, requireFormat } from '@rekey/secret/internal'
import { createSqlStatements, type OwnTables, withSqlClient } from '@rekey/secret/internal/kind'
import { type SqlClient, type SqlPool } from '@rekey/secret/kind'
import type { ClaimOptions, Displaced, EmergencyClaim } from './emergency-claim.ts'
import type {
  Claim,
  JournalEntry,
  RotationEvent,
  RotationIntent,
  RotationJournal,
} from './journal.ts'
import { openTables, type TablesToOpen } from './open-tables.ts'
import { busy, fenced, type RotationError } from '../engine/rotation-error.ts'
import { displacedBy, refusalOf } from './take-over.ts'

/**
 * A table of an older release is altered once: `add column if not exists` would wait for each rotator that is in a transaction, and hold up
 * all others.
 */
const SCHEMA = `
  create schema if not exists rekey;
  create table if not exists rekey.rotation (
    secret text primary key,
    epoch bigint not null,
    holder text,
    leased_until timestamptz not null,
    step text,
    phase text,
    intent jsonb,
    at timestamptz not null default now(),
    emergency jsonb
  );
  do $$ begin
    if not exists (
      select from pg_attribute
      where attrelid = 'rekey.rotation'::regclass and attname = 'emergency' and not attisdropped
    ) then
      alter table rekey.rotation add column emergency jsonb;
    end if;
  end $$;
  create table if not exists rekey.rotation_event (
    id bigint generated always as identity primary key,
    secret text not null,
    epoch bigint not null,
    step text not null,
    phase text not null,
    message text,
    at timestamptz not null default now()
  );
  create table if not exists rekey.journal (
    is_one boolean primary key default true check (is_one),
    name text not null default 'postgres-' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 16)
  );`

const COMPLETE = `
  select count(*) = 4 as complete from pg_attribute a
    join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'rekey' and not a.attisdropped and (c.relname::text, a.attname::text) in (
    ('rotation', 'secret'), ('rotation', 'emergency'), ('rotation_event', 'message'), ('journal', 'name'))`

const OWN: OwnTables = {
  schema: 'rekey',
  tables: { rotation: {}, rotation_event: {}, journal: {} },
  what: 'the journal',
}

/** As `refusalOf` decides, of the row as it is once it is locked: of two emergencies the second sees the first. */
const CLAIM = `
  insert into rekey.rotation as r (secret, epoch, holder, leased_until, emergency)
  values ($1, 1, $2, now() + $3 * interval '1 millisecond',
    case when $4 then jsonb_build_object('holder', $2::text, 'epoch', 1) end)
  on conflict (secret) do update
    set epoch = r.epoch + 1, holder = excluded.holder, leased_until = excluded.leased_until,
      emergency = case when $4 then jsonb_strip_nulls(jsonb_build_object(
        'holder', $2::text, 'epoch', r.epoch + 1,
        'from', case when r.leased_until >= now() then r.holder end
      )) else r.emergency end
    where r.holder is null or r.leased_until < now() or (
      $4 and (r.emergency->>'epoch')::bigint is distinct from r.epoch
      and (r.intent->>'mode' is distinct from 'emergency' or r.intent ? 'outcome')
    )
  returning epoch, intent, emergency, case when phase = 'begin' then step end as begun`

const ENTRIES = `
  select secret, epoch, case when leased_until >= now() then holder end as holder, intent, step, phase, at
  from rekey.rotation where $1::text[] is null or secret = any($1) order by secret`

/** Without the end of the lease, which each renewal moves. */
const MARK = `
  select md5(string_agg(
    concat_ws(' ', secret, epoch, holder, step, phase, intent ? 'outcome'), ',' order by secret
  )) as mark from rekey.rotation`

/** A rotator in the middle of a transaction holds its row; another waits for it no longer than this. */
const LOCK_TIMEOUT_MS = 1_000

/** An emergency waits longer, and no longer than its own lease can bear, which begins when it asks. */
const EMERGENCY_PATIENCE = 2 / 3

/**
 * Opens a journal in PostgreSQL: the table `rekey.rotation`, one row for each secret, and `rekey.rotation_event`, its
 * history of 400 days. The table `rekey.journal` has its name, which it keeps where the database is moved or restored. Leases are measured by the server's clock, so rotators need no common time. Its claims offer transactions, so that
 * the roles of this server are changed only by who holds the claim.
 *
 * Its tables are the rotator's alone, at best in a database of their own: what another role has made or may change there would run with the rights
 * of the rotator.
 *
 * @throws {SecretError} `refused` naming what belongs to another role, `unreachable`, `forbidden`
 *
 * @example
 * ```ts
 * const journal = await openPostgresJournal(database)
 * ```
 */
export async function openPostgresJournal(database: SqlPool): Promise<RotationJournal> {
  const [row] = await openTables(database, TABLES, nameOf)
  if (row === undefined) {
    throw new SecretError('missing', 'the journal has just lost its name: run the command again')
  }
  return {
    name: row.name,
    async claim(secret, holder, leaseMs, { isEmergency = false } = {}) {
      const waitMs = isEmergency ? leaseMs * EMERGENCY_PATIENCE : 0
      const lockMs = Math.round(Math.max(LOCK_TIMEOUT_MS, waitMs))
      const row = await insertClaim(database, [secret, holder, leaseMs, isEmergency], lockMs)
      if (row === undefined) throw await refusalIn(database, secret, { isEmergency })
      const { epoch, intent, emergency, begun } = row
      const found = { intent: intent ?? undefined, begun: begun ?? undefined }
      const claim = { epoch: Number(epoch), ...found }
      const takenFrom = displacedBy(claim.epoch, emergency ?? undefined)
      return createPostgresClaim({ database, secret, leaseMs, ...claim, takenFrom })
    },
    async entries(secrets) {
      return (await statements.query<Row>(database, ENTRIES, [secrets ?? null])).map(toEntry)
    },
    async mark() {
      const [found] = await statements.query<{ mark: string | null }>(database, MARK)
      return found?.mark ?? ''
    },
  }
}

/** A row that was lost is made again, with another name. */
async function nameOf(client: SqlClient): Promise<{ name: string }[]> {
  const named = 'select name from rekey.journal'
  const found = await statements.query<{ name: string }>(client, named)
  if (found.length > 0) return found
  await statements.query(client, 'insert into rekey.journal default values on conflict do nothing')
  return statements.query(client, named)
}

interface Claimed {
  readonly epoch: string
  readonly intent: RotationIntent | null
  readonly emergency: EmergencyClaim | null
  readonly begun: RotationEvent['step'] | null
}

async function insertClaim(
  database: SqlPool,
  values: readonly [secret: string, holder: string, leaseMs: number, isEmergency: boolean],
  lockMs: number,
): Promise<Claimed | undefined> {
  try {
    return await withJournalClient(database, async (client) => {
      // It cannot be silent for as long as an emergency waits for it.
      const silentMs = Math.max(LOCK_TIMEOUT_MS, values[2]) / 2
      const begin = `${beginTimely(silentMs)}; set local lock_timeout = ${lockMs}`
      const claim = () => statements.query<Claimed>(client, CLAIM, [...values])
      // Refused within the transaction: the claim of what this release cannot read is not made.
      return await statements.transaction(client, begin, async () => {
        const [row] = await claim()
        requireFormat('journal-entry', formatOf(row?.intent), values[0])
        return row
      })
    })
  } catch (error) {
    if (error instanceof SecretError && error.code === 'conflict') return undefined
    throw error
  }
}

/** The error for a claim that was refused, or that came while its row was locked. */
async function refusalIn(
  database: SqlPool,
  secret: string,
  options: ClaimOptions,
): Promise<RotationError> {
  const one = `select holder, epoch, intent, emergency,
    (extract(epoch from leased_until - now()) * 1000)::float8 as left from rekey.rotation where secret = $1`
  type Refused = Claimed & Pick<Row, 'holder'> & { readonly left: number }
  const [row] = await statements.query<Refused>(database, one, [secret])
  const holder = row?.holder ?? 'a rotator that has just finished'
  const { intent, emergency } = row ?? {}
  const leftMs = row && row.left > 0 ? row.left : undefined
  const kept = { intent: intent ?? undefined, emergency: emergency ?? undefined, leftMs }
  const refusal = refusalOf(secret, { holder, epoch: Number(row?.epoch), ...kept }, options)
  return refusal ?? busy(secret, holder, leftMs)
}

interface Row {
  readonly secret: string
  readonly epoch: string
  readonly holder: string | null
  readonly intent: RotationIntent | null
  readonly step: RotationEvent['step'] | null
  readonly phase: RotationEvent['phase'] | null
  readonly at: Date
}

function toEntry({ secret, epoch, holder, intent, step, phase, at }: Row): JournalEntry {
  requireFormat('journal-entry', formatOf(intent), secret)
  return {
    secret,
    epoch: Number(epoch),
    at,
    ...(holder !== null && { holder }),
    ...(intent !== null && { intent }),
    ...(step !== null && { step }),
    ...(phase !== null && { phase }),
  }
}

/** Inputs of a claim in PostgreSQL. */
interface PostgresClaimParts {
  readonly database: SqlPool
  readonly secret: string
  readonly epoch: number
  readonly leaseMs: number
  readonly intent: RotationIntent | undefined
  readonly takenFrom: Displaced | undefined
  readonly begun: RotationEvent['step'] | undefined
}

const RENEW = `
  update rekey.rotation
  set leased_until = now() + $3 * interval '1 millisecond', at = now(),
      step = coalesce($4, step), phase = coalesce($5, phase), intent = coalesce($6, intent)
  where secret = $1 and epoch = $2
  returning secret`

const RECORD = `
  with renewed as (${RENEW})
  insert into rekey.rotation_event (secret, epoch, step, phase, message)
  select secret, $2, $4, $5, $7 from renewed
  returning secret`

/** The history of a year, and time to look at it. The audit log keeps what is older. */
const EVENTS_KEPT = '400 days'

const RELEASE = `
  with released as (
    update rekey.rotation set holder = null where secret = $1 and epoch = $2 returning secret
  )
  delete from rekey.rotation_event e using released r
  where e.secret = r.secret and e.at < now() - interval '${EVENTS_KEPT}'`

/** Creates the claim that was just written to the row of `secret`. */
function createPostgresClaim(parts: PostgresClaimParts): Claim {
  const { database, secret, epoch, leaseMs, intent, takenFrom, begun } = parts
  const fencedQuery = async (connection: SqlClient, text: string, values: unknown[]) => {
    const [row] = await statements.query(connection, text, [secret, epoch, leaseMs, ...values])
    if (row === undefined) throw fenced(secret, epoch, await emergencyOf(connection, secret))
  }
  const renew = (connection: SqlClient) => fencedQuery(connection, RENEW, [null, null, null])
  return {
    epoch,
    intent,
    takenFrom,
    begun,
    setIntent: (next, client) =>
      fencedQuery(client ?? database, RENEW, [null, null, JSON.stringify(next)]),
    record: ({ step, phase, message }, next) =>
      fencedQuery(database, RECORD, [step, phase, next && JSON.stringify(next), message]),
    renew: () => renew(database),
    async release() {
      await statements.query(database, RELEASE, [secret, epoch])
    },
    transaction: (work) =>
      withJournalClient(database, (client) =>
        statements.transaction(client, beginTimely(leaseMs), async () => {
          await renew(client)
          return work(client)
        }),
      ),
  }
}

async function emergencyOf(
  connection: SqlClient,
  secret: string,
): Promise<EmergencyClaim | undefined> {
  const one = 'select emergency from rekey.rotation where secret = $1'
  const [row] = await statements.query<Pick<Claimed, 'emergency'>>(connection, one, [secret])
  return row?.emergency ?? undefined
}

/**
 * Begins a transaction whose first statement locks the row until the end, so no rotator can take the claim over before the work is committed. A
 * client that falls silent for so long is cut off, because the server would keep the lock of a lost connection for hours.
 */
function beginTimely(silentMs: number): string {
  return `begin; set local idle_in_transaction_session_timeout = ${Math.round(silentMs)}`
}

/** Lends a connection to `work`. */
function withJournalClient<T>(
  database: SqlPool,
  work: (client: SqlClient) => Promise<T>,
): Promise<T> {
  return withSqlClient(database, statements.failure, work)
}

const statements = createSqlStatements({
  known: {
    '42501': ['forbidden', 'the rotator may not write its journal: grant it schema rekey'],
    '55P03': ['conflict', 'another rotator is writing this row of the journal: try again'],
  },
  otherwise: 'the journal does not answer: check its database',
})
/** The tables of the journal, and the statements on them. */
export const TABLES: TablesToOpen = {
  document: 'journal-tables',
  own: OWN,
  isComplete: COMPLETE,
  create: SCHEMA,
  statements,
}
