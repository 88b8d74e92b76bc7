// @lane servers
import { createSignedLog, verifySignedLog } from '@rekey/audit-log'
import { auditTablesSql } from '@rekey/audit-log/internal'
import type { SqlPool } from '@rekey/secret/kind'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'

let server: Postgres
let schemas = 0
/** Of each test, a schema of its own: as the owner of its tables, and as a login that writes. */
let owner: pg.Pool
let database: pg.Pool
beforeAll(async () => {
  server = await openPostgres()
  owner = openPool('public')
  await owner.query('create role audit_writer; create role audit_reader')
  await owner.end()
}, 120_000)
afterAll(() => server.close())
beforeEach(async () => {
  schemas += 1
  const schema = `audit_${schemas}`
  owner = openPool(schema)
  await owner.query(`create schema ${schema}; ${auditTablesSql('audit_writer')}
    grant usage on schema ${schema} to audit_writer, audit_reader`)
  database = openPool(schema, { role: 'audit_writer' })
  onTestFinished(async () => {
    await owner.end()
    await database.end()
  })
})

function openPool(schema: string, { role, ...limits }: { role?: string } & pg.PoolConfig = {}) {
  const options = `-c search_path=${schema}${role === undefined ? '' : ` -c role=${role}`}`
  const connectionString = server.adminUrl.expose()
  const pool = new pg.Pool({ connectionString, options, ...limits })
  pool.on('error', () => undefined)
  return pool
}

const EVENT = { actor: 'a', action: 'stage', subject: 'KEY', outcome: 'succeeded' } as const

/** Records events through a writer of its own. */
async function extend(count: number): Promise<void> {
  const log = createSignedLog({ database })
  for (let round = 1; round <= count; round += 1) await log.record({ ...EVENT, details: { round } })
  await log.close()
}

/** Changes rows, as an owner of the tables can. */
async function meddle(sql: string): Promise<void> {
  await owner.query(`alter table audit_line disable trigger append_only; ${sql};
    alter table audit_line enable always trigger append_only`)
}

const keep = () =>
  owner.query(`create table kept_line as select * from audit_line;
    create table kept_stream as select * from audit_stream`)
const PUT_BACK = `delete from audit_line; insert into audit_line select * from kept_line;
  delete from audit_stream; insert into audit_stream overriding system value select * from kept_stream`

async function subjects(): Promise<string[]> {
  const found: string[] = []
  const verdict = await verifySignedLog({
    database: owner,
    onEntry: ({ action, subject }) => action === EVENT.action && found.push(subject),
  })
  expect(verdict).toMatchObject({ ok: true })
  return found
}

it('keeps a signed log in the order of what two writers record at once', async () => {
  const other = openPool(`audit_${schemas}`, { role: 'audit_writer' })
  onTestFinished(() => other.end())
  const logs = [database, other].map((each) => createSignedLog({ database: each }))
  const names = Array.from({ length: 20 }, (_, at) => `KEY_${at}`)
  await Promise.all(
    logs.flatMap((log, at) =>
      names.map((name) => log.record({ ...EVENT, subject: `${name}_${at}` })),
    ),
  )
  const found = await subjects()
  expect(found).toHaveLength(40)
  for (const at of [0, 1]) {
    const own = found.filter((subject) => subject.endsWith(`_${at}`))
    expect(own).toEqual(names.map((name) => `${name}_${at}`))
  }
})

it('gives the writers no right to change or remove a line, and lets who reads both tables verify', async () => {
  await extend(2)
  for (const sql of ['update audit_line set line = 1', 'delete from audit_line']) {
    await expect(database.query(sql)).rejects.toMatchObject({ code: '42501' })
    await expect(owner.query(sql)).rejects.toMatchObject({ code: '23001' })
  }
  await expect(owner.query('truncate audit_line')).rejects.toMatchObject({ code: '23001' })
  const reader = openPool(`audit_${schemas}`, { role: 'audit_reader' })
  onTestFinished(() => reader.end())
  await owner.query('grant select on audit_line, audit_stream to audit_reader')
  const verdict = await verifySignedLog({ database: reader })
  expect(verdict).toMatchObject({ ok: true, entries: 3, hasKey: true })
})

it('names tables, rights and a role that are missing', async () => {
  expect(() => auditTablesSql('a; drop table audit_line')).toThrow('needs quotes')
  await expect(verifySignedLog({ database: owner })).rejects.toMatchObject({
    code: 'missing',
  })
  await owner.query('revoke execute on function audit_append from audit_writer')
  const log = createSignedLog({ database })
  await expect(log.record(EVENT)).rejects.toMatchObject({ code: 'forbidden' })
  await owner.query('drop table audit_stream')
  await expect(log.record(EVENT)).rejects.toMatchObject({ code: 'missing' })
})

describe('a connection that the server cuts', () => {
  /** Ends the session of the writer before or after one of its statements. */
  function cutAt(statement: number, when: 'before' | 'after'): SqlPool {
    let count = 0
    return {
      connect: () => database.connect(),
      async query<Row extends object>(text: string, values?: unknown[]) {
        count += 1
        if (count !== statement) return database.query<Row>(text, values)
        const client = await database.connect()
        const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
        const cut = () => owner.query('select pg_terminate_backend($1, 10000)', [rows[0]?.pid])
        client.on('error', () => undefined)
        try {
          if (when === 'before') await cut()
          await client.query<Row>(text, values)
          await cut()
          throw new Error('the answer was lost')
        } finally {
          client.release(true)
        }
      },
    }
  }

  const STATEMENTS = ['the format', 'the begin', 'the ends of others', 'the lines']
  const CUTS = STATEMENTS.flatMap((name, at) =>
    (['before', 'after'] as const).map((when) => ({ name, when, statement: at + 1 })),
  )

  it.each(CUTS)('$when $name leaves each line there once or not at all', async (cut) => {
    await extend(1)
    const log = createSignedLog({ database: cutAt(cut.statement, cut.when) })
    await expect(log.record({ ...EVENT, subject: 'CUT' })).rejects.toMatchObject({
      code: 'unreachable',
    })
    await log.record({ ...EVENT, subject: 'NEXT' })
    const isCommitted = cut.name === 'the lines' && cut.when === 'after'
    expect(await subjects()).toEqual(['KEY', ...(isCommitted ? ['CUT'] : []), 'NEXT'])
  })
})

it('fails a record whose own stream is held longer than its connection may wait, and goes on afterwards', async () => {
  const hasty = openPool(`audit_${schemas}`, { role: 'audit_writer', query_timeout: 200 })
  onTestFinished(() => hasty.end())
  const log = createSignedLog({ database: hasty })
  await log.record(EVENT)
  const holder = await database.connect()
  await holder.query(`begin; select audit_append(1, '{}')`)
  const late = log.record({ ...EVENT, subject: 'LATE' })
  try {
    await expect(late).rejects.toMatchObject({ code: 'unreachable' })
  } finally {
    holder.release(true)
  }
  await log.record({ ...EVENT, subject: 'NEXT' })
  expect((await subjects()).filter((subject) => subject !== 'LATE')).toEqual(['KEY', 'NEXT'])
})

it('refuses a database that was restored to before what the process has seen', async () => {
  await extend(2)
  await keep()
  const log = createSignedLog({ database })
  await log.record(EVENT)
  await meddle(PUT_BACK)
  const refused = { code: 'conflict', message: expect.stringContaining('put back') as string }
  await expect(log.record(EVENT)).rejects.toMatchObject(refused)
  await expect(log.record(EVENT)).rejects.toMatchObject(refused)
})
