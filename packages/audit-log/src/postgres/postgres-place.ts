import { SecretError } from '@rekey/secret'
import { requireTableFormat } from '@rekey/secret/internal'
import type { SqlPool } from '@rekey/secret/kind'
import { newEntryKey } from '../signed/key-chain.ts'
import {
  type HeldLog,
  type ChainPlace,
  putBack,
  type SignedState,
  type StreamOrigin,
} from '../signed/chain-place.ts'
import { NO_SIGNED_HEAD } from '../signed/signed-entry.ts'
import { statements } from './audit-query.ts'

/** For messages. */
const PLACE_NAME = 'the table audit_line'

const COMMENT = `select obj_description('audit_line'::regclass, 'pg_class') as comment`
const BEGIN = `select audit_begin()::text as stream, session_user::text as writer,
  (select log from audit_stream where stream = 0) as log`
const APPEND = 'select audit_append($1, $2)'
const REACHED = 'select seq::text from audit_stream where stream = $1 and seq >= $2'

// A login takes turns with the others, so that one with many streams leaves none out for long. A line has room for 150. Only a row whose first line is there can be compared with it.
const HEADS = `
  select concat_ws(':', stream, seq, hash) as head from (
    select s.*, row_number() over (partition by writer order by stream) as turn from audit_stream s left join (
      select split_part(head, ':', 1)::bigint as stream, max(split_part(head, ':', 2)::bigint) as stated
      from audit_stream, regexp_split_to_table(heads, ' ') head where head <> '' and stream > 0 and seq > 0 group by 1
    ) h using (stream) where seq > coalesce(stated, 0)
  ) changed order by turn, stream limit 100`

/** The stream of one process, whose key is in its memory alone. */
interface OwnStream {
  readonly state: SignedState
  readonly origin: StreamOrigin
}

/**
 * The log in the tables of `auditTablesSql`. A process begins a stream with its first record, and another one after each record that failed: whether its lines are there is not known then, and the key that signed
 * them is used.
 */
export function postgresPlace(database: SqlPool): ChainPlace {
  let own: OwnStream | undefined
  let seen: { readonly stream: number; readonly seq: number } | undefined
  const begin = async (): Promise<OwnStream> => {
    if (seen !== undefined && !(await isReached(database, seen))) throw putBack(PLACE_NAME)
    return await beginStream(database)
  }
  const run = async <T>(
    { state, origin }: OwnStream,
    work: (held: HeldLog) => Promise<T>,
  ): Promise<T> => {
    let after = state
    own = undefined
    const append: HeldLog['append'] = async (lines, next) => {
      await statements.query(database, APPEND, [origin.stream, lines])
      after = next
      seen = { stream: origin.stream, seq: next.head.seq }
    }
    const result = await work({ state, origin, append })
    own = { state: after, origin }
    return result
  }
  return {
    failure: statements.failure,
    async locked(work) {
      if (own === undefined) return await run(await begin(), work)
      try {
        return await run(own, work)
      } catch (error) {
        if (!isOfAnother(error)) throw error
        return await run(await begin(), work)
      }
    },
  }
}

async function isReached(
  database: SqlPool,
  { stream, seq }: { readonly stream: number; readonly seq: number },
): Promise<boolean> {
  return (await statements.query(database, REACHED, [stream, seq])).length > 0
}

interface BegunRow {
  readonly stream: string
  readonly writer: string
  readonly log: string | null
}

async function beginStream(database: SqlPool): Promise<OwnStream> {
  const [tables] = await statements.query<{ comment: string | null }>(database, COMMENT)
  requireTableFormat('audit-tables', [tables?.comment])
  const [row] = await statements.query<BegunRow>(database, BEGIN)
  if (row?.log == null) throw statements.failure(undefined)
  const heads = await statements.query<{ head: string }>(database, HEADS)
  const { log, stream, writer } = row
  const key = newEntryKey()
  return {
    state: { head: { ...NO_SIGNED_HEAD, publicKey: key.publicKey }, key },
    origin: { log, stream: Number(stream), writer, heads: heads.map(({ head }) => head).join(' ') },
  }
}

/** Whether the stream was continued by another process, or the login of this one was replaced. */
function isOfAnother(error: unknown): boolean {
  return error instanceof SecretError && error.code === 'conflict'
}
