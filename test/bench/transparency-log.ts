import { randomBytes } from 'node:crypto'
import { openPostgres } from '@rekey/testbed'
import { logTablesSql, openPostgresLog, type PostgresLog } from '@rekey/audit-log/transparency'
import pg from 'pg'
import { type CellTable, effort } from './bench-table.ts'

const ENTRIES = effort(1_000_000, 2_000)
const PROOFS = effort(2_000, 20)
const AT_ONCE = 500
/** As long as a certificate for a client. */
const ENTRY_BYTES = 600

/** A log in PostgreSQL, against rows of the same bytes without tree and lock, in the same batches. */
export async function benchTransparencyLog(): Promise<CellTable> {
  await using server = await openPostgres()
  const pool = new pg.Pool({ connectionString: server.adminUrl.expose() })
  // pg.Pool's end() does not wait for its connections, so the server may still cut them.
  pool.on('error', () => undefined)
  try {
    await pool.query(`create role bench; ${logTablesSql('bench')}`)
    await pool.query('create table bare (key bytea unique, entry bytea)')
    const bare = await appendAll((entries) => insertBare(pool, entries))
    const log = openPostgresLog(pool)
    const logged = await appendAll((entries) =>
      Promise.all(entries.map((entry) => log.append(entry))),
    )
    const { size } = await log.head()
    const index = () => Math.floor(Math.random() * size)
    return {
      title: `A log of ${ENTRIES.toLocaleString('en')} entries in PostgreSQL`,
      columns: ['per second', 'median'],
      rows: [
        { name: `rows without a tree, ${AT_ONCE} at once`, cells: [rateOf(bare), ''] },
        { name: `append, ${AT_ONCE} at once`, cells: [rateOf(logged), ''] },
        await proofRow('inclusion proof', () => log.inclusionProof({ index: index(), size })),
        await proofRow('consistency proof', () =>
          log.consistencyProof({ before: index() + 1, size }),
        ),
      ],
      aim: '5,000 appended in a second; 1 ms for a proof in a log of 1,000,000',
      note: `entries of ${ENTRY_BYTES} bytes; one connection; the server is on this machine and syncs each commit`,
    }
  } finally {
    await pool.end()
  }
}

type NewEntry = Parameters<PostgresLog['append']>[0]

/** Appends them all, and returns how long that took, in milliseconds. */
async function appendAll(append: (entries: readonly NewEntry[]) => Promise<unknown>) {
  let elapsed = 0
  for (let done = 0; done < ENTRIES; done += AT_ONCE) {
    const entries = Array.from({ length: AT_ONCE }, () => {
      return { key: randomBytes(32), entry: randomBytes(ENTRY_BYTES) }
    })
    const start = performance.now()
    await append(entries)
    elapsed += performance.now() - start
  }
  return elapsed
}

function insertBare(pool: pg.Pool, entries: readonly NewEntry[]): Promise<unknown> {
  const columns = [entries.map(({ key }) => key), entries.map(({ entry }) => entry)]
  return pool.query('insert into bare select * from unnest($1::bytea[], $2::bytea[])', columns)
}

function rateOf(elapsed: number): string {
  return Math.round(ENTRIES / (elapsed / 1_000)).toLocaleString('en')
}

async function proofRow(name: string, prove: () => Promise<unknown>) {
  const times: number[] = []
  for (let round = 0; round < PROOFS; round += 1) {
    const start = performance.now()
    await prove()
    times.push(performance.now() - start)
  }
  const median = times.toSorted((a, b) => a - b)[Math.floor(PROOFS / 2)] ?? NaN
  return { name, cells: ['', `${median.toFixed(2)} ms`] }
}
