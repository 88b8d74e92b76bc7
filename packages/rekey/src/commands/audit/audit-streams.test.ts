import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createSignedLog,
  formatCheckpoint,
  parseCheckpoint,
  verifySignedLog,
} from '@rekey/audit-log'
import { auditTablesSql, type Checkpoint } from '@rekey/audit-log/internal'
import { createPool, parseConnectionUrl } from '@rekey/db-pool-rotator'
import { encodeHeadEntry, parseEntry, parseHeadEntry } from '@rekey/audit-log/transparency'
import type pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../../../test/commands/run-program.support.ts'
import { usePostgres, VARIABLE } from '../../../test/commands/audit/audit-database.support.ts'
import { followAudit } from './follow-audit.ts'
import { headOf, markOf } from './receipt.ts'

const server = usePostgres()
const EVENT = { actor: 'a', action: 'read', subject: 'KEY', outcome: 'succeeded' } as const

/** A database with two writers. */
async function openLog() {
  const database = await server.openDatabase()
  const { owner, env, newLogin } = database
  const url = await newLogin()
  const other = createPool(parseConnectionUrl(url))
  onTestFinished(() => other.end())
  const loginOf = (each = '') => new URL(each).username
  const [first, second] = [loginOf(env[VARIABLE]), loginOf(url)]
  const streams = async () => {
    const { rows } = await owner.query<{ stream: string; writer: string }>(
      'select stream::text, writer from audit_stream where stream > 0 order by audit_stream.stream',
    )
    return rows.map(({ writer }) => writer)
  }
  /** Changes rows, as an owner of the tables can. */
  const meddle = (sql: string) =>
    owner.query(`alter table audit_line disable trigger append_only; ${sql};
      alter table audit_line enable always trigger append_only`)
  return { ...database, other, first, second, streams, meddle }
}

/** Records one event through a writer of its own, which ends. */
async function recordOnce(database: pg.Pool, subject = 'KEY'): Promise<Checkpoint> {
  const log = createSignedLog({ database })
  await log.record({ ...EVENT, subject })
  const signed = await log.checkpoint()
  await log.close()
  return signed
}

const subjectsOf = async (database: pg.Pool) => {
  const subjects: string[] = []
  await verifySignedLog({
    database,
    onEntry: ({ action, subject }) => action === EVENT.action && subjects.push(subject),
  })
  return subjects
}

it('a writer that holds its stream, and all that it may, delays no record of another login', async () => {
  const { owner, writer, other } = await openLog()
  await recordOnce(other)
  const log = createSignedLog({ database: writer })
  await log.record(EVENT)
  const holder = await other.connect()
  onTestFinished(() => {
    holder.release(true)
  })
  await holder.query('begin; select audit_begin()')
  await holder.query('select audit_append(1, $1)', [[]])
  await holder.query('lock table audit_line, audit_stream in access share mode')
  const late = Promise.all([log.record(EVENT), recordOnce(writer), recordOnce(writer)])
  const limit = new Promise((_, reject) => setTimeout(reject, 5_000, new Error('held up')).unref())
  await Promise.race([late, limit])
  expect(await verifySignedLog({ database: owner })).toMatchObject({ ok: true, streams: 4 })
})

it('a writer can neither add to the stream of another login nor state an end that is not there', async () => {
  const { owner, writer, other } = await openLog()
  await recordOnce(writer)
  const { rows } = await owner.query<{ line: string }>('select line from audit_line where seq = 1')
  const line = rows[0]?.line ?? ''
  const append = (stream: number, ...lines: string[]) =>
    other.query('select audit_append($1, $2)', [stream, lines])
  const refused = (code: string) => expect.objectContaining({ code }) as unknown
  await expect(append(1, line)).rejects.toEqual(refused('P0002'))
  await expect(append(0, line)).rejects.toEqual(refused('P0002'))
  await other.query('select audit_begin()')
  const hash = 'ab'.repeat(32)
  for (const heads of [`1:2:${hash}`, `1:9:${hash}`, `9:1:${hash}`, '1']) {
    const false_ = line.replace('"heads":""', `"heads":"${heads}"`)
    expect(false_).not.toBe(line)
    await expect(append(2, false_), heads).rejects.toEqual(
      expect.objectContaining({ code: expect.stringMatching(/^(23514|22P02)$/) as string }),
    )
  }
})

it('a first line states 100 ends at most, and a login with many streams crowds out no other one', async () => {
  const { owner, writer, other } = await openLog()
  await other.query(`do $$ declare number bigint; begin
    for round in 1..250 loop
      number := audit_begin();
      perform audit_append(number, array[format('{"seq":1,"prev":"%s","next":"%s","signature":"%s"}', repeat('0', 64), repeat('A', 43), repeat('A', 86))]);
    end loop; end $$`)
  await recordOnce(writer)
  await recordOnce(writer)
  const { rows } = await owner.query<{ heads: string }>(
    'select heads from audit_stream where stream > 250 order by audit_stream.stream',
  )
  const stated = rows.map(({ heads }) => heads.split(' ').map((head) => head.split(':')[0]))
  expect(stated.map(({ length }) => length)).toEqual([100, 100])
  expect(stated[1]).toContain('251')
  expect(new Set(stated.flat()).size).toBe(200)
})

it('an end that no first line states is stated, whatever a row of the streams claims', async () => {
  const { owner, writer } = await openLog()
  await recordOnce(writer)
  await owner.query(`insert into audit_stream (writer, heads) values ('x', '1:9:00')`)
  await owner.query(`update audit_stream set heads = '1:9:00' where stream = 0`)
  await recordOnce(writer)
  const { rows } = await owner.query('select heads from audit_stream where stream = 3')
  expect(rows).toEqual([{ heads: expect.stringMatching(/^1:2:/) as string }])
  expect(await verifySignedLog({ database: owner })).toMatchObject({ ok: true, entries: 4 })
})

it('a line that its writer has not signed breaks the stream of that login alone', async () => {
  const { owner, writer, other, second, env } = await openLog()
  await recordOnce(writer, 'BEFORE')
  const log = createSignedLog({ database: other })
  await log.record({ ...EVENT, subject: 'SOUND' })
  await other.query(
    `select audit_append(2, array[format('{"seq":3,"at":"2026-01-01T00:00:00.000Z","actor":"b","action":"read","subject":"FALSE","outcome":"succeeded","prev":"%s","next":"%s","signature":"%s"}',
      hash, repeat('A', 43), repeat('A', 86))]) from audit_stream where stream = 2`,
  )
  await recordOnce(writer, 'AFTER')
  const damage = { reason: 'edited', stream: 2, writer: second, entry: 3, entries: 2 }
  const verdict = await verifySignedLog({ database: owner })
  expect(verdict).toEqual({ ok: false, ...damage })
  expect(await subjectsOf(owner)).toEqual(['BEFORE', 'SOUND', 'AFTER'])
  const reading = await followAudit({ database: owner })(new AbortController().signal)
  expect(reading).toMatchObject({ damage: { reason: 'edited', stream: 2, entry: 3 } })
  const audit = (command: string) =>
    runProgram(['audit', command, '--database-variable', VARIABLE, '--json'], { env })
  const verified = await audit('verify')
  expect(verified).toMatchObject({ code: 1 })
  expect(verified.lines()).toEqual([{ type: 'damaged', ...damage }])
  const shown = (await audit('query')).lines()
  expect(shown.slice(-1)).toMatchObject([{ type: 'failure', details: { stream: 2 } }])
  expect(shown.filter(({ subject }) => subject === 'AFTER')).toHaveLength(1)
  await log.record({ ...EVENT, subject: 'NEXT' })
  expect(await subjectsOf(owner)).toEqual(['BEFORE', 'SOUND', 'AFTER', 'NEXT'])
})

it('a line states its login, and a stream that claims another one is named', async () => {
  const { owner, writer, other, first, second, meddle, env } = await openLog()
  await recordOnce(writer)
  await recordOnce(other)
  const args = ['audit', 'query', '--database-variable', VARIABLE, '--actor', second, '--json']
  const shown = (await runProgram(args, { env })).lines()
  expect(shown).toMatchObject([
    { stream: 2, seq: 1, writer: second },
    { stream: 2, seq: 2, writer: second },
  ])
  const sound = await verifySignedLog({ database: owner })
  expect(sound).toMatchObject({ ok: true, writers: [first, second].toSorted() })
  await meddle(`update audit_stream set writer = '${first}' where stream = 2`)
  const found = { ok: false, reason: 'foreign', stream: 2, entry: 1 }
  expect(await verifySignedLog({ database: owner })).toMatchObject(found)
})

it('no table and no column has a seed once records were written, and each process has a stream', async () => {
  const { owner, writer, other, first, second, streams } = await openLog()
  for (const login of [writer, other, writer]) await recordOnce(login)
  expect(await streams()).toEqual([first, second, first])
  const tables = await owner.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
  )
  expect(tables.rows.map(({ name }) => name)).toEqual(['audit_line', 'audit_stream'])
  const seeds: string[] = []
  for (const { name } of tables.rows) {
    const { rows } = await owner.query<{ row: string }>(`select t::text as row from ${name} t`)
    // What is 32 bytes in base64url, and no public key that a line states.
    const keys = rows.flatMap(({ row }) => row.match(/(?<![\w-])[\w-]{43}(?![\w-])/g) ?? [])
    seeds.push(...keys.filter((key) => !rows.some(({ row }) => isStated(row, key))))
  }
  expect(seeds).toEqual([])
})

function isStated(row: string, key: string): boolean {
  const text = row.replaceAll('""', '"')
  return text.includes(`"next":"${key}"`) || text.includes(`"key":"${key}"`)
}

/** Of the streams 1 (two entries), 2 and 3, of which each was over as the next one began. */
const MANIPULATIONS: Readonly<Record<string, readonly [string, object]>> = {
  'a stream that is gone': [
    'delete from audit_line where stream = 2; delete from audit_stream where stream = 2',
    { reason: 'removed', stream: 2, entry: 1 },
  ],
  'the end of a stream that is gone from both tables': [
    `delete from audit_line where (stream, seq) = (1, 2);
      update audit_stream set seq = 1, hash = (select encode(sha256(convert_to(line, 'UTF8')), 'hex') from audit_line where stream = 1) where stream = 1`,
    { reason: 'shortened', stream: 1, entry: 2 },
  ],
  'streams that were swapped': [
    `update audit_line set stream = 9 where stream = 1; update audit_line set stream = 1 where stream = 2;
      update audit_line set stream = 2 where stream = 9; update audit_stream set hash = o.hash from (select * from audit_stream) o
      where (audit_stream.stream, o.stream) in ((1, 2), (2, 1))`,
    { reason: 'foreign', stream: 1, others: [expect.objectContaining({ stream: 2 })] },
  ],
  'a row of a stream that is gone, beside its lines': [
    'delete from audit_stream where stream = 3',
    { reason: 'removed', stream: 3 },
  ],
  'a line behind the end of its stream': [
    `insert into audit_line select 3, 3, taken_at, line from audit_line where (stream, seq) = (3, 2)`,
    { reason: 'repeated', stream: 3, entry: 3 },
  ],
  'a line that was edited': [
    `update audit_line set line = replace(line, '"KEY"', '"KEX"') where (stream, seq) = (2, 2)`,
    { reason: 'edited', stream: 2, entry: 2 },
  ],
  'ends in the table that the first line does not state': [
    `update audit_stream set heads = '1:9:00' where stream = 2`,
    { reason: 'foreign', stream: 2, entry: 1 },
  ],
  'another id of the log': [
    `update audit_stream set log = repeat('a', 32) where stream = 0`,
    { reason: 'foreign', stream: 1 },
  ],
}

it.each(Object.entries(MANIPULATIONS))('verify finds %s', async (_what, [sql, found]) => {
  const { owner, writer, other, meddle } = await openLog()
  for (const login of [writer, other, writer]) await recordOnce(login)
  await meddle(sql)
  const verdict = await verifySignedLog({ database: owner })
  expect(verdict).toMatchObject({ ok: false, ...found })
})

it('a checkpoint confirms all streams, and shows that the newest one is gone', async () => {
  const { owner, writer, other, meddle } = await openLog()
  await recordOnce(writer)
  await recordOnce(other)
  const kept = parseCheckpoint(formatCheckpoint(await recordOnce(writer)))
  expect(kept).toMatchObject({ stream: 3, seq: 2 })
  expect(parseHeadEntry(parseEntry(encodeHeadEntry(headOf(kept)).entry))).toEqual(headOf(kept))
  const verify = (checkpoints: readonly Parameters<typeof markOf>[0][] | undefined) =>
    verifySignedLog({
      database: owner,
      checkpoints: checkpoints?.flatMap((head) => markOf(head) ?? []) ?? [kept],
    })
  expect(await verify(undefined)).toMatchObject({ ok: true, entries: 6, confirmed: 6 })
  expect(await verify([headOf(kept)])).toMatchObject({ ok: true, confirmed: 6 })
  await recordOnce(other)
  expect(await verify(undefined)).toMatchObject({ ok: true, entries: 8, confirmed: 6 })
  await meddle(
    'delete from audit_line where stream >= 3; delete from audit_stream where stream >= 3',
  )
  expect(await verify([])).toMatchObject({ ok: true, entries: 4, confirmed: 0 })
  const gone = { ok: false, reason: 'removed', stream: 3 }
  expect(await verify(undefined)).toMatchObject(gone)
  expect(await verify([headOf(kept)])).toMatchObject(gone)
  const foreign = { ...kept, log: 'ab'.repeat(16) }
  const replaced = await verifySignedLog({ database: owner, checkpoints: [foreign] })
  expect(replaced).toMatchObject({ ok: false, reason: 'replaced' })
})

/** The tables of 0.1.0. */
const OLD_TABLES = `create table audit_line (seq bigint primary key check (seq >= 1), line text not null);
  create table audit_state (is_one boolean primary key default true check (is_one), log text, seq bigint not null, hash text not null, seed text not null);
  create function audit_hold() returns void language sql as 'select'`

it('a database of 0.1.0 verifies, is continued, and has no key afterwards', async () => {
  const { owner, writer, env, role, meddle } = { ...(await openLog()), role: 'audit_writer_old' }
  await owner.query(`drop table audit_line, audit_stream cascade; drop function audit_begin(), audit_append(bigint, text[]); ${OLD_TABLES};
    create role ${role}; grant ${role} to ${new URL(env[VARIABLE] ?? '').username}`)
  const { readLines, state, checkpoint, more } = await writeOldLog()
  for (const [at, line] of (await readLines()).entries()) {
    await owner.query('insert into audit_line values ($1, $2)', [at + 1, line])
  }
  const { log, seq, hash, seed } = state
  const row = [log, seq, hash, seed]
  await owner.query('insert into audit_state values (true, $1, $2, $3, $4)', row)
  await expect(createSignedLog({ database: writer }).record(EVENT)).rejects.toMatchObject({
    code: 'missing',
    message: expect.stringContaining('run rekey rights audit:ROLE') as string,
  })
  await owner.query(auditTablesSql(role))
  await owner.query(auditTablesSql(role))
  await expect(owner.query('select audit_hold()')).rejects.toMatchObject({ code: '42883' })
  const verify = () => verifySignedLog({ database: owner, checkpoints: [checkpoint] })
  expect(await verify()).toMatchObject({ ok: true, entries: 3, confirmed: 3, log, streams: 1 })
  await recordOnce(writer, 'NEW')
  const checkpoints = [await recordOnce(writer, 'NEWER')]
  const all = await verifySignedLog({ database: owner, checkpoints })
  expect(all).toMatchObject({ ok: true, entries: 7, confirmed: 7, log, streams: 3 })
  expect(await subjectsOf(owner)).toEqual(['OLD', 'OLD', 'NEW', 'NEWER'])
  const { rows } = await owner.query<{ row: string }>(
    `select t::text as row from audit_line t union all select t::text from audit_stream t`,
  )
  expect(JSON.stringify(rows)).not.toContain(seed)
  await more()
  const forged = { ok: false, reason: 'forked', stream: 0, entry: 4 }
  const bump = (line = '') =>
    meddle(`insert into audit_line (stream, seq, taken_at, line) values (0, 4, 0, '${line}');
      update audit_stream set seq = 4, hash = encode(sha256(convert_to('${line}', 'UTF8')), 'hex') where stream = 0`)
  await bump((await readLines()).at(-1))
  expect(await verifySignedLog({ database: owner })).toMatchObject(forged)
  await meddle(`delete from audit_line where stream = 0 and seq > 2;
    update audit_stream set seq = 2, hash = (select encode(sha256(convert_to(line, 'UTF8')), 'hex') from audit_line where (stream, seq) = (0, 2)) where stream = 0`)
  const found = { ok: false, reason: 'shortened', stream: 0, entry: 3 }
  expect(await verifySignedLog({ database: owner })).toMatchObject(found)
})

/** What 0.1.0 wrote into the tables: the lines and the key file of a directory. */
async function writeOldLog() {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-audit-old-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const log = createSignedLog({ directory })
  for (const round of [1, 2]) await log.record({ ...EVENT, subject: 'OLD', details: { round } })
  const checkpoint = await log.checkpoint()
  const read = (name: string) => readFile(join(directory, name), 'utf8')
  const state = JSON.parse(await read('audit.key')) as Record<string, string>
  const readLines = async () => (await read('audit-000000000001.jsonl')).trim().split('\n')
  return { readLines, state, checkpoint, more: () => log.record({ ...EVENT, subject: 'FORGED' }) }
}

it('query, tail and export give the entries of all streams in one order, which stays', async () => {
  const { writer, other, env } = await openLog()
  const logs = [writer, other].map((database) => createSignedLog({ database }))
  const names = Array.from({ length: 6 }, (_, at) => `KEY_${at}`)
  for (const [at, subject] of names.entries()) await logs[at % 2]?.record({ ...EVENT, subject })
  const audit = async (command: string, ...args: string[]) => {
    const all = ['audit', command, '--database-variable', VARIABLE, '--action', 'read', '--json']
    const tail = ['audit', command, '--database-variable', VARIABLE, '--json', ...args]
    return (await runProgram(command === 'tail' ? tail : all, { env })).lines()
  }
  const subjects = async () => (await audit('query')).map(({ subject }) => subject)
  expect(await subjects()).toEqual(names)
  expect((await audit('tail', '--lines', '2')).map(({ subject }) => subject)).toEqual(
    names.slice(-2),
  )
  const exported = (await audit('export')) as unknown as {
    ocsf: { entity: { name: string }; metadata: { uid: string } }
  }[]
  expect(exported.map(({ ocsf }) => ocsf.entity.name)).toEqual(names)
  expect(new Set(exported.map(({ ocsf }) => ocsf.metadata.uid)).size).toBe(names.length)
  await recordOnce(other, 'LAST')
  expect(await subjects()).toEqual([...names, 'LAST'])
})

it('finds the log sound at any moment while its writers go on', async () => {
  const { owner, writer, other } = await openLog()
  const over = new AbortController()
  const write = async (database: pg.Pool) => {
    for (let round = 1; round <= 4; round += 1) {
      const log = createSignedLog({ database })
      for (let more = 1; more <= 6; more += 1) await log.record(EVENT)
    }
  }
  const writing = Promise.all([write(writer), write(writer), write(other)]).then(() => {
    over.abort()
  })
  await recordOnce(writer)
  let looks = 0
  for (; !over.signal.aborted; looks += 1) {
    expect(await verifySignedLog({ database: owner })).toMatchObject({ ok: true })
  }
  await writing
  expect(looks).toBeGreaterThan(0)
  const all = { ok: true, entries: 12 * 7 + 2, streams: 13 }
  expect(await verifySignedLog({ database: owner })).toMatchObject(all)
})
