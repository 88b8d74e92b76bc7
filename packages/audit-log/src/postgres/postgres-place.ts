import { SecretError } from '@rekey/secret'
import { type SqlClient, type SqlPool, withSqlClient } from '@rekey/secret/kind'
import { headAfter } from '../audit-entry.ts'
import { importEntryKey, newEntryKey } from '../signed/key-chain.ts'
import type { HeldLog, LogPlace, SignedState } from '../signed/log-place.ts'
import { NO_SIGNED_HEAD } from '../signed/signed-entry.ts'
import { statements } from './audit-query.ts'

/** For messages. */
export const PLACE_NAME = 'the table audit_line'

// The row of the state: only a writer can hold it.
const LOCK = { take: 'select audit_hold()', lockTimeoutMs: 60_000 }

const STATE = 'select log, seq::text, hash, seed from audit_state'
const END = 'select seq::text, line from audit_line order by audit_line.seq desc limit 1'
const APPEND = 'select audit_append($1, $2, $3)'

interface StateRow {
  readonly log: string | null
  readonly seq: string
  readonly hash: string
  readonly seed: string
}

/** The log in the tables of `auditTablesSql`: lines and key change in one transaction, by the functions there. */
export function postgresPlace(database: SqlPool): LogPlace {
  return {
    ...{ name: PLACE_NAME, failure: statements.failure },
    locked: (work) =>
      withSqlClient(database, statements.failure, (client) =>
        statements.locked(client, LOCK, async () => {
          const state = await readState(client)
          const append: HeldLog['append'] = async (lines, { head: { log }, key }) => {
            await statements.query(client, APPEND, [lines, log, key.exportSeed()])
          }
          return await work({ state, append })
        }),
      ),
  }
}

/** @throws {SecretError} `conflict` for lines that do not end where the key is for */
async function readState(client: SqlClient): Promise<SignedState> {
  const [row] = await statements.query<StateRow>(client, STATE)
  const [end] = await statements.query<{ seq: string; line: string }>(client, END)
  const last = Number(end?.seq ?? 0)
  if ((row === undefined || row.seed === '') && last === 0) {
    const key = newEntryKey()
    return { head: { ...NO_SIGNED_HEAD, publicKey: key.publicKey }, key }
  }
  const key = row && importEntryKey(row.seed)
  if (row === undefined || key === undefined) throw meddled('has lines, and no key for the next')
  const seq = Number(row.seq)
  const { log, hash } = row
  const ends = end === undefined ? NO_SIGNED_HEAD : headAfter(end.line, last)
  if (ends.seq !== seq || ends.hash !== hash) {
    throw meddled(`ends at entry ${last}, and not where its key goes on, after entry ${seq}`)
  }
  return { head: { seq, hash, publicKey: key.publicKey, log: log ?? undefined }, key }
}

function meddled(problem: string): SecretError {
  const message = `the audit log in ${PLACE_NAME} ${problem}: keep the tables as evidence under another name, verify them, and start a new log`
  return new SecretError('conflict', message, { place: PLACE_NAME })
}
