import { SecretError } from '@rekey/secret'
import type { SqlClient, SqlPool } from '@rekey/secret/kind'
import type { Claim, RotationIntent } from './journal.ts'
import { journalQuery, withJournalClient } from './journal-query.ts'
import { fenced } from './rotation-error.ts'

/** Inputs of a claim in PostgreSQL. */
export interface PostgresClaimParts {
  readonly database: SqlPool
  readonly secret: string
  readonly epoch: number
  readonly leaseMs: number
  readonly intent: RotationIntent | undefined
}

const RENEW = `
  update rekey.rotation
  set leased_until = now() + $3 * interval '1 millisecond', at = now(),
      step = coalesce($4, step), phase = coalesce($5, phase), intent = coalesce($6, intent)
  where secret = $1 and epoch = $2`

const RECORD = `
  with renewed as (${RENEW} returning secret)
  insert into rekey.rotation_event (secret, epoch, step, phase, message)
  select secret, $2, $4, $5, $7 from renewed`

/** Creates the claim that was just written to the row of `secret`. */
export function createPostgresClaim(parts: PostgresClaimParts): Claim {
  const { database, secret, epoch, leaseMs, intent } = parts
  const fencedQuery = async (connection: SqlClient, text: string, values: unknown[]) => {
    const { rowCount } = await journalQuery(connection, text, [secret, epoch, leaseMs, ...values])
    if (rowCount === 0) throw fenced(secret)
  }
  const renew = (connection: SqlClient) => fencedQuery(connection, RENEW, [null, null, null])
  return {
    epoch,
    intent,
    setIntent: (next, client) =>
      fencedQuery(client ?? database, RENEW, [null, null, JSON.stringify(next)]),
    record: ({ step, phase, message }, next) => {
      const intent = next === undefined ? null : JSON.stringify(next)
      return fencedQuery(database, RECORD, [step, phase, intent, message ?? null])
    },
    renew: () => renew(database),
    async release() {
      const free = 'update rekey.rotation set holder = null where secret = $1 and epoch = $2'
      await journalQuery(database, free, [secret, epoch])
    },
    transaction: (work) =>
      withJournalClient(database, (client) =>
        fencedTransaction(
          client,
          leaseMs,
          () => renew(client),
          () => work(client),
        ),
      ),
  }
}

/**
 * The renewal locks the row until the end, so no rotator can take the claim over before the work is committed. A client that
 * falls silent is cut off when its lease ends, because the server would keep the lock of a lost connection for hours.
 */
async function fencedTransaction<T>(
  client: SqlClient,
  leaseMs: number,
  renew: () => Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  await journalQuery(client, 'begin')
  try {
    await journalQuery(
      client,
      `select set_config('idle_in_transaction_session_timeout', $1, true)`,
      [String(leaseMs)],
    )
    await renew()
    const result = await work()
    await journalQuery(client, 'commit')
    return result
  } catch (error) {
    await journalQuery(client, 'rollback').catch(leaveToServer)
    throw error
  }
}

/** A transaction whose connection is gone is rolled back by the server; the first failure is reported to the caller. */
function leaveToServer(error: unknown): void {
  if (!(error instanceof SecretError)) throw error
}
