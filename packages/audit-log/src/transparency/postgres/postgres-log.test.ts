import { createHash } from 'node:crypto'
import { findPostgresServers, openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { openLeafStore, auditLog } from '../internal.ts'
import {
  leafHash,
  verifyConsistency,
  verifyInclusion,
  logTablesSql,
  openPostgresLog,
  type PostgresLog,
} from '../index.ts'

function entryOf(text: string) {
  const entry = Uint8Array.from(Buffer.from(text))
  return { key: Uint8Array.from(createHash('sha256').update(entry).digest()), entry }
}

it('lays out tables for a role that needs no quotes, and for no other', () => {
  expect(logTablesSql('ct_log')).toContain('grant select, insert on log_entry, log_node to ct_log;')
  for (const role of ['CT', 'a-b', 'a; drop table log_entry', ''])
    expect(() => logTablesSql(role)).toThrow('needs quotes')
})

describe.each(await findPostgresServers())('on %s', (_, binDirectory) => {
  let server: Awaited<ReturnType<typeof openPostgres>>
  let admin: pg.Pool
  let pool: pg.Pool
  let log: PostgresLog
  let count = 0

  beforeAll(async () => {
    server = await openPostgres(binDirectory === undefined ? {} : { binDirectory })
    admin = new pg.Pool({ connectionString: server.adminUrl.expose() })
    admin.on('error', () => undefined)
    await admin.query(
      `create role appender; create role stranger; create role writer login in role appender`,
    )
  })
  afterAll(async () => {
    await admin.end()
    await server.close()
  })

  function openPool(options: pg.PoolConfig = {}): pg.Pool {
    const opened = new pg.Pool({ connectionString: server.adminUrl.expose(), ...options })
    opened.on('error', () => undefined)
    onTestFinished(() => opened.end())
    return opened
  }

  // Each test has tables of its own, in a schema of its own.
  beforeEach(async () => {
    count += 1
    const options = `-c search_path=log_${count}`
    pool = openPool({ options: `${options} -c role=appender` })
    const owner = openPool({ options })
    await owner.query(`create schema log_${count}; grant usage on schema log_${count} to appender`)
    await owner.query(logTablesSql('appender'))
    await owner.query(logTablesSql('appender'))
    log = openPostgresLog(pool)
  })

  const asOwner = () => openPool({ options: `-c search_path=log_${count}` })
  const rowsOf = async (table: string) =>
    (await pool.query<{ count: number }>(`select count(*)::int from ${table}`)).rows[0]?.count

  it('appends entries one after the other and proves each of them', async () => {
    const texts = ['a', 'b', 'c', 'd', 'e']
    for (const [at, text] of texts.entries()) {
      expect(await log.append(entryOf(text))).toMatchObject({ index: at, head: { size: at + 1 } })
    }
    const head = await log.head()
    for (const [index, text] of texts.entries()) {
      const proof = await log.inclusionProof({ index, size: head.size })
      verifyInclusion({ leaf: leafHash(Buffer.from(text)), index, ...head, proof })
    }
    const [second, third, ...more] = await log.entries({ start: 1, limit: 2 })
    expect([second, third]).toEqual([
      { index: 1, ...entryOf('b') },
      { index: 2, ...entryOf('c') },
    ])
    expect(more).toEqual([])
  })

  it('reads a hundred entries in their order', async () => {
    await Promise.all(Array.from({ length: 100 }, (_, n) => log.append(entryOf(`entry ${n}`))))
    const entries = await log.entries({ start: 0, limit: 100 })
    expect(entries.map(({ index }) => index)).toEqual(Array.from({ length: 100 }, (_, n) => n))
    await using leaves = await openLeafStore()
    const parts = {
      database: pool,
      leaves,
      checkpoints: [{ origin: 'log', ...(await log.head()) }],
    }
    expect(await auditLog(parts)).toMatchObject({ head: { size: 100 }, findings: [] })
  })

  it('proves no entry of a tree that it does not have yet, also where it has each node of the proof', async () => {
    for (const text of ['a', 'b', 'c', 'd']) await log.append(entryOf(text))
    for (const of of [
      { index: 4, size: 5 },
      { index: 3, size: 5 },
      { index: 4, size: 4 },
    ]) {
      await expect(log.inclusionProof(of)).rejects.toMatchObject({ code: 'missing' })
    }
    const grown = log.consistencyProof({ before: 4, size: 5 })
    await expect(grown).rejects.toMatchObject({ code: 'missing' })
    expect(await log.consistencyProof({ before: 4, size: 4 })).toEqual([])
    expect(await log.consistencyProof({ before: 0, size: 4 })).toEqual([])
    const inclusion = log.inclusionProof({ index: -1, size: 4 })
    await expect(inclusion).rejects.toMatchObject({ code: 'malformed' })
  })

  it('gives the place of an entry that it has, and does not append it again', async () => {
    const first = await log.append(entryOf('a'))
    await log.append(entryOf('b'))
    expect(await log.append(entryOf('a'))).toEqual({ index: first.index, head: await log.head() })
    const both = await Promise.all([log.append(entryOf('c')), log.append(entryOf('c'))])
    expect(both.map(({ index }) => index)).toEqual([2, 2])
    expect((await log.head()).size).toBe(3)
  })

  it('refuses another entry under the key of one that it has, and appends those beside it', async () => {
    await log.append(entryOf('a'))
    const other = { ...entryOf('a'), entry: Buffer.from('A') }
    const [refused, appended] = await Promise.allSettled([
      log.append(other),
      log.append(entryOf('b')),
    ])
    expect(refused).toMatchObject({
      reason: { code: 'conflict', details: { reason: 'key-in-use', index: 0 } },
    })
    expect(appended).toMatchObject({ value: { index: 1 } })
  })

  it('keeps one tree without gaps when several processes append at once', async () => {
    const logs = [log, openPostgresLog(pool), openPostgresLog(openPool(pool.options))]
    const appended = logs.flatMap((each, at) =>
      Array.from({ length: 100 }, (_, n) => each.append(entryOf(`entry ${n} of ${at}`))),
    )
    const places = await Promise.all(appended)
    const indexes = new Set(places.map(({ index }) => index))
    expect(indexes).toEqual(new Set(Array.from({ length: 300 }, (_, n) => n)))
    const after = await log.head()
    expect(after.size).toBe(300)
    const heads = new Map(places.map(({ head }) => [head.size, head]))
    for (const before of heads.values()) {
      const proof = await log.consistencyProof({ before: before.size, size: 300 })
      verifyConsistency({ before, after, proof })
    }
  })

  it('a login that holds every advisory lock and table that it can does not stop an append', async () => {
    const stranger = await openPool({ options: '-c role=stranger' }).connect()
    onTestFinished(() => {
      stranger.release(true)
    })
    await stranger.query(
      `select pg_advisory_lock(hashtext('rekey.log')), pg_advisory_lock(n) from generate_series(1, 100) n`,
    )
    for (const table of ['log_entry', 'log_node']) {
      const locked = stranger.query(`begin; lock table log_${count}.${table} in share mode`)
      await expect(locked).rejects.toMatchObject({ code: '42501' })
      await stranger.query('rollback')
    }
    expect(await log.append(entryOf('a'))).toMatchObject({ index: 0 })
  })

  it('lets no writer wait for another for good: each of ten appends its entries within seconds', async () => {
    const logs = Array.from({ length: 10 }, () => openPostgresLog(openPool(pool.options)))
    const startedAt = performance.now()
    const appendAll = async (each: PostgresLog, at: number) => {
      for (let n = 0; n < 10; n += 1) await each.append(entryOf(`entry ${n} of ${at}`))
    }
    await Promise.all(logs.map(appendAll))
    expect(await log.head()).toMatchObject({ size: 100 })
    expect(performance.now() - startedAt).toBeLessThan(20_000)
  })

  it.each([
    [
      'trigger',
      'create trigger theirs before insert on log_entry execute function spy()',
      'theirs',
    ],
    [
      'trigger of the name of the log',
      'create or replace trigger append_only before insert on log_node execute function spy()',
      'append_only',
    ],
    ['rule', 'create rule theirs as on insert to log_node do also select spied()', 'theirs'],
    ['policy', 'create policy theirs on log_entry using (true)', 'theirs'],
  ])(
    'uses no tables with a %s that is not of the log, and lays out none on them',
    async (_, plant, name) => {
      const owner = asOwner()
      await owner.query(`
      create function spied() returns int language sql as 'select 1';
      create function spy() returns trigger language plpgsql as 'begin return new; end'; ${plant}`)
      const opened = openPostgresLog(pool)
      const used = [
        opened.append(entryOf('a')),
        opened.head(),
        opened.entries({ start: 0, limit: 1 }),
      ]
      for (const one of await Promise.allSettled(used)) {
        expect(one).toMatchObject({
          reason: { code: 'refused', message: expect.stringContaining(name) as string },
        })
      }
      if (name === 'append_only') return
      await expect(owner.query(logTablesSql('appender'))).rejects.toThrow(name)
    },
  )

  it('lays out no log on tables or a function of another role, and changes nothing', async () => {
    const names = {
      table: 'table log_node (level smallint, index bigint, hash bytea)',
      function: `function refuse_change_of_log() returns trigger language plpgsql as 'begin return new; end'`,
    }
    for (const [at, planted] of Object.values(names).entries()) {
      const schema = `planted_${count}_${at}`
      await admin.query(`create schema ${schema}; grant all on schema ${schema} to stranger`)
      await openPool({ options: `-c search_path=${schema} -c role=stranger` }).query(
        `create ${planted}`,
      )
      const owner = openPool({ options: `-c search_path=${schema}`, max: 1 })
      await expect(owner.query(logTablesSql('appender'))).rejects.toThrow(
        /not the administrator's alone \(.* of stranger\)/,
      )
      expect(
        (await owner.query(`select from pg_tables where schemaname = '${schema}'`)).rowCount,
      ).toBe(1 - at)
    }
  })

  it.each(['update log_entry set entry = key', 'delete from log_node', 'truncate log_entry'])(
    'lets no role "%s": the appending role lacks the right, the owner is stopped by a trigger',
    async (change) => {
      await log.append(entryOf('a'))
      await expect(pool.query(change)).rejects.toMatchObject({ code: '42501' })
      for (const mode of ['origin', 'replica']) {
        const byOwner = `set session_replication_role = ${mode}; ${change}`
        await expect(asOwner().query(byOwner)).rejects.toThrow('the log is append-only')
      }
      expect([await rowsOf('log_entry'), await rowsOf('log_node')]).toEqual([1, 1])
    },
  )

  it('appends all or nothing when its session is ended, and appends again afterwards', async () => {
    await log.append(entryOf('a'))
    const blocker = await openPool().connect()
    onTestFinished(() => {
      blocker.release(true)
    })
    await blocker.query(`begin; lock table log_${count}.log_entry in share mode`)
    const appended = log.append(entryOf('b')).catch((error: unknown) => error)
    const kill = `
      select pg_terminate_backend(pid) from pg_stat_activity
      where query like '%insert into log_entry%' and wait_event_type = 'Lock'`
    await expect.poll(async () => (await admin.query(kill)).rowCount).toBe(1)
    expect(await appended).toMatchObject({ code: 'unreachable' })
    await blocker.query('rollback')
    expect([await rowsOf('log_entry'), await rowsOf('log_node')]).toEqual([1, 1])
    expect(await log.append(entryOf('b'))).toMatchObject({ index: 1, head: { size: 2 } })
  })

  it('names tables that are not there, rights that the login lacks, and a node that is gone', async () => {
    const without = openPostgresLog(openPool({ options: '-c search_path=public' }))
    await expect(without.append(entryOf('a'))).rejects.toMatchObject({ code: 'missing' })
    await asOwner().query('revoke insert on log_node from appender')
    await expect(log.append(entryOf('a'))).rejects.toMatchObject({ code: 'forbidden' })
    await asOwner().query('grant insert on log_node to appender')
    await log.append(entryOf('a'))
    await log.append(entryOf('b'))
    const cut = `alter table log_node disable trigger append_only; delete from log_node where level = 1`
    await asOwner().query(cut)
    await expect(log.head()).rejects.toMatchObject({ code: 'missing' })
  })
})
