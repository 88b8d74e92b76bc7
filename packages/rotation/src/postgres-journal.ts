import { SecretError } from '@rekey/secret'
import type pg from 'pg'
import type { Claim, JournalEntry, RotationJournal } from './journal.ts'
import { busy, fenced } from './rotation-error.ts'
import type { RotationEvent } from './steps.ts'

/** Anything with `query`: a client or a pool of the rotator's own database login. */
export type Queryable = Pick<pg.Pool, 'query'>

/** One transaction; the lock is there because `if not exists` does not look at what others are creating. */
const SCHEMA = `
  select pg_advisory_xact_lock(hashtext('rekey.journal'));
  create schema if not exists rekey;
  create table if not exists rekey.rotation (
    secret text primary key,
    epoch bigint not null,
    holder text,
    leased_until timestamptz not null,
    step text,
    phase text,
    at timestamptz not null default now()
  );
  create table if not exists rekey.rotation_event (
    id bigint generated always as identity primary key,
    secret text not null,
    epoch bigint not null,
    step text not null,
    phase text not null,
    message text,
    at timestamptz not null default now()
  );`

const CLAIM = `
  insert into rekey.rotation as r (secret, epoch, holder, leased_until)
  values ($1, 1, $2, now() + $3 * interval '1 millisecond')
  on conflict (secret) do update
    set epoch = r.epoch + 1, holder = excluded.holder, leased_until = excluded.leased_until
    where r.holder is null or r.leased_until < now()
  returning epoch`

const RENEW = `
  update rekey.rotation
  set leased_until = now() + $3 * interval '1 millisecond',
      step = coalesce($4, step), phase = coalesce($5, phase), at = now()
  where secret = $1 and epoch = $2`

const RECORD = `
  with renewed as (${RENEW} returning secret)
  insert into rekey.rotation_event (secret, epoch, step, phase, message)
  select secret, $2, $4, $5, $6 from renewed`

/**
 * Opens a journal in PostgreSQL: the table `rekey.rotation`, one row for each secret, and `rekey.rotation_event`, its
 * history. Leases are measured by the server's clock, so rotators need no common time.
 *
 * @throws {SecretError} `unreachable`, `forbidden`
 */
export async function openPostgresJournal(database: Queryable): Promise<RotationJournal> {
  await query(database, SCHEMA)
  return {
    async claim(secret, holder, leaseMs) {
      const claimed = await query<{ epoch: string }>(database, CLAIM, [secret, holder, leaseMs])
      const row = claimed.rows[0]
      if (row === undefined) throw busy(secret, await holderOf(database, secret))
      return createClaim(database, secret, Number(row.epoch), leaseMs)
    },
    async entries() {
      const found = await query<Row>(database, 'select * from rekey.rotation order by secret')
      return found.rows.map(toEntry)
    },
  }
}

function createClaim(database: Queryable, secret: string, epoch: number, leaseMs: number): Claim {
  const fencedQuery = async (text: string, values: unknown[]) => {
    const { rowCount } = await query(database, text, [secret, epoch, leaseMs, ...values])
    if (rowCount === 0) throw fenced(secret)
  }
  return {
    epoch,
    record: ({ step, phase, message }) => fencedQuery(RECORD, [step, phase, message ?? null]),
    renew: () => fencedQuery(RENEW, [null, null]),
    async release() {
      const free = 'update rekey.rotation set holder = null where secret = $1 and epoch = $2'
      await query(database, free, [secret, epoch])
    },
  }
}

async function holderOf(database: Queryable, secret: string): Promise<string> {
  const found = await query<Row>(database, 'select * from rekey.rotation where secret = $1', [
    secret,
  ])
  return found.rows[0]?.holder ?? 'a rotator that has just finished'
}

interface Row {
  readonly secret: string
  readonly epoch: string
  readonly holder: string | null
  readonly step: RotationEvent['step'] | null
  readonly phase: RotationEvent['phase'] | null
  readonly at: Date
}

function toEntry({ secret, epoch, holder, step, phase, at }: Row): JournalEntry {
  return {
    secret,
    epoch: Number(epoch),
    at,
    ...(holder !== null && { holder }),
    ...(step !== null && { step }),
    ...(phase !== null && { phase }),
  }
}

async function query<R extends pg.QueryResultRow>(
  database: Queryable,
  text: string,
  values?: unknown[],
): Promise<pg.QueryResult<R>> {
  try {
    return await database.query<R>(text, values)
  } catch (error) {
    throw journalFailure(error)
  }
}

/** SQLSTATE 42501 is `insufficient_privilege` (PostgreSQL documentation, appendix A). */
function journalFailure(error: unknown): SecretError {
  const sqlState = error instanceof Error && 'code' in error ? String(error.code) : 'none'
  return sqlState === '42501'
    ? new SecretError('forbidden', 'the rotator may not write its journal: grant it schema rekey')
    : new SecretError('unreachable', 'the journal does not answer: check its database', {
        sqlState,
      })
}
