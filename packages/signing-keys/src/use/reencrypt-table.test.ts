// @lane servers
import { setTimeout as delay } from 'node:timers/promises'
import { isExhaustive, openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { FIELD, openReplica, openShop, type Replica } from '../../test/signing-shop.support.ts'
import { followFieldKey } from './follow-field-key.ts'

type Fields = ReturnType<typeof followFieldKey>

const ROWS = 10_000
const BATCH = 500

let server: Awaited<ReturnType<typeof openPostgres>>
let pool: pg.Pool

beforeAll(async () => {
  server = await openPostgres()
  pool = openPool('test')
})

afterAll(async () => {
  await pool.end()
  await server.close()
})

function openPool(name: string): pg.Pool {
  const connectionString = server.adminUrl.expose()
  const opened = new pg.Pool({ connectionString, max: 10, application_name: name })
  // A connection that is lent out may be cut between two queries, of which the pool hears nothing.
  opened.on('connect', (client) => client.on('error', () => undefined))
  opened.on('error', () => undefined)
  return opened
}

beforeEach(async () => {
  await pool.query('drop table if exists cards')
  await pool.query('create table cards (id int primary key, number text not null)')
})

/** Encrypts a batch anew, and counts what is left. */
async function reencryptCards(own: pg.Pool, fields: Fields, prefix: string): Promise<number> {
  const client = await own.connect()
  try {
    await client.query('begin')
    const { rows } = await client.query<{ id: number; number: string }>(
      'select id, number from cards where starts_with(number, $1) limit $2 for update skip locked',
      [prefix, BATCH],
    )
    const numbers = rows.map(({ id, number }) => fields.reencrypt(number, 'cards', String(id)))
    await client.query(
      `update cards set number = next.number
       from unnest($1::int[], $2::text[]) as next (id, number) where cards.id = next.id`,
      [rows.map(({ id }) => id), numbers],
    )
    await client.query('commit')
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
  return rowsUnder(prefix)
}

async function rowsUnder(prefix: string): Promise<number> {
  const query = 'select count(*)::int as rows from cards where starts_with(number, $1)'
  const { rows } = await pool.query<{ rows: number }>(query, [prefix])
  return rows[0]?.rows ?? NaN
}

function follow({ cards }: Replica, own = pool): Fields {
  const fields = followFieldKey(cards, {
    pauseMs: 10,
    reencrypt: (prefix) => reencryptCards(own, fields, prefix),
  })
  onTestFinished(fields.close)
  return fields
}

async function fill(fields: Fields): Promise<void> {
  const ids = Array.from({ length: ROWS }, (_, id) => id)
  const numbers = ids.map((id) => fields.encrypt(`card ${id}`, 'cards', String(id)))
  await pool.query('insert into cards select * from unnest($1::int[], $2::text[])', [ids, numbers])
}

async function unreadable(fields: Fields): Promise<number> {
  const { rows } = await pool.query<{ id: number; number: string }>('select * from cards')
  const wrong = rows.filter(({ id, number }) => {
    try {
      return fields.decrypt(number, 'cards', String(id)) !== `card ${id}`
    } catch {
      return true
    }
  })
  return wrong.length + ROWS - rows.length
}

/** Replicas that read and write rows all the while. */
function startLoad(replicas: readonly Fields[]) {
  const over = new AbortController()
  const counts = { reads: 0, writes: 0, failed: 0 }
  const work = async (fields: Fields, nth: number) => {
    for (let round = nth * 1_000; !over.signal.aborted; round += 1) {
      const id = (round * 7919) % ROWS
      try {
        const query = 'select number from cards where id = $1'
        const { rows } = await pool.query<{ number: string }>(query, [id])
        if (fields.decrypt(rows[0]?.number ?? '', 'cards', String(id)) !== `card ${id}`)
          counts.failed += 1
        counts.reads += 1
        const sealed = fields.encrypt(`card ${id}`, 'cards', String(id))
        await pool.query('update cards set number = $2 where id = $1', [id, sealed])
        counts.writes += 1
      } catch {
        counts.failed += 1
      }
      await delay(1)
    }
  }
  const workers = [...replicas, ...replicas].map(work)
  return async () => {
    over.abort()
    await Promise.all(workers)
    return counts
  }
}

const ROTATIONS = isExhaustive ? 50 : 2
const LIMIT_MS = ROTATIONS * 60_000

it(
  `${ROWS} rows under load through ${ROTATIONS} rotations: none is unreadable at any step, and none is left under a key that ended`,
  async () => {
    const { replicas, fieldKind, run } = await openShop()
    const fields = replicas.map((replica) => follow(replica))
    const [one] = fields as [Fields]
    await fill(one)
    const stop = startLoad(fields)
    const looks = { made: 0, unreadable: 0, left: 0 }
    for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
      const { prefix } = one
      await run(fieldKind({ deadlineMs: 10_000 }), {
        async onEvent({ phase }) {
          if (phase === 'waiting') return
          looks.made += 1
          // Each replica in turn: a look takes half a second.
          const [reader = one] = fields.slice(looks.made % fields.length)
          looks.unreadable += await unreadable(reader)
        },
      })
      looks.left += await rowsUnder(prefix)
    }
    const { reads, writes, failed } = await stop()
    expect(looks).toMatchObject({ unreadable: 0, left: 0 })
    expect(failed).toBe(0)
    expect(Math.min(reads, writes)).toBeGreaterThan(100)
    expect(looks.made).toBeGreaterThan(12)
  },
  LIMIT_MS,
)

it('killed half way, with its connections cut within a batch, it goes on where it was', async () => {
  const { store, replicas, fieldKind, run } = await openShop({ replicas: 1 })
  const [first] = replicas as [Replica]
  const own = openPool('killed')
  onTestFinished(() => own.end())
  const fields = follow(first, own)
  await fill(fields)
  const { prefix } = fields
  const over = new AbortController()
  const stopped = run(fieldKind(), {
    signal: over.signal,
    async onEvent({ message = '' }) {
      const rows = Number(/^(\d+) rows are left/.exec(message)?.[1] ?? Infinity)
      if (rows > ROWS / 2 || over.signal.aborted) return
      over.abort()
      fields.close()
      await first.close()
      await pool.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'killed'",
      )
    },
  })
  await expect(stopped).rejects.toThrow()
  const half = await rowsUnder(prefix)
  expect(half).toBeGreaterThan(0)
  expect(half).toBeLessThanOrEqual(ROWS / 2)
  expect((await store.read(FIELD)).previous).toBeDefined()
  const again = follow(await openReplica(store, first.port))
  expect(await unreadable(again)).toBe(0)
  await run(fieldKind())
  expect([await unreadable(again), await rowsUnder(prefix)]).toEqual([0, 0])
  expect((await store.read(FIELD)).previous).toBeUndefined()
})
