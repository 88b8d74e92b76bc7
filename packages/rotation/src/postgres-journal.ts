import { SecretError } from '@rekey/secret'
import type { SqlPool } from '@rekey/secret/kind'
import type { RotationIntent, JournalEntry, RotationJournal } from './journal.ts'
import { journalQuery, withJournalClient } from './journal-query.ts'
import { createPostgresClaim } from './postgres-claim.ts'
import { busy } from './rotation-error.ts'
import type { RotationEvent } from './steps.ts'

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
    intent jsonb,
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
  returning epoch, intent`

/** A rotator in the middle of a transaction holds its row; another waits for it no longer than this. */
const LOCK_TIMEOUT_MS = 1_000

/**
 * Opens a journal in PostgreSQL: the table `rekey.rotation`, one row for each secret, and `rekey.rotation_event`, its
 * history. Leases are measured by the server's clock, so rotators need no common time. Its claims offer transactions, so that
 * the roles of this server are changed only by who holds the claim.
 *
 * @throws {SecretError} `unreachable`, `forbidden`
 *
 * @example
 * ```ts
 * const journal = await openPostgresJournal(database)
 * ```
 */
export async function openPostgresJournal(database: SqlPool): Promise<RotationJournal> {
  await journalQuery(database, SCHEMA)
  return {
    async claim(secret, holder, leaseMs) {
      const row = await insertClaim(database, [secret, holder, leaseMs])
      if (row === undefined) throw busy(secret, await holderOf(database, secret))
      const { epoch, intent } = row
      const claim = { epoch: Number(epoch), intent: intent ?? undefined }
      return createPostgresClaim({ database, secret, leaseMs, ...claim })
    },
    async entries() {
      const all = 'select * from rekey.rotation order by secret'
      return (await journalQuery<Row>(database, all)).rows.map(toEntry)
    },
  }
}

interface Claimed {
  readonly epoch: string
  readonly intent: RotationIntent | null
}

async function insertClaim(database: SqlPool, values: unknown[]): Promise<Claimed | undefined> {
  try {
    return await withJournalClient(database, async (client) => {
      await journalQuery(client, 'begin')
      await journalQuery(client, `set local lock_timeout = ${LOCK_TIMEOUT_MS}`)
      const { rows } = await journalQuery<Claimed>(client, CLAIM, values)
      await journalQuery(client, 'commit')
      return rows[0]
    })
  } catch (error) {
    if (error instanceof SecretError && error.code === 'conflict') return undefined
    throw error
  }
}

async function holderOf(database: SqlPool, secret: string): Promise<string> {
  const one = 'select * from rekey.rotation where secret = $1'
  const found = await journalQuery<Row>(database, one, [secret])
  return found.rows[0]?.holder ?? 'a rotator that has just finished'
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
