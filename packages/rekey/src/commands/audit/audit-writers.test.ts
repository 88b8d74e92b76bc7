import { createHash, randomBytes } from 'node:crypto'
import { createSignedLog, verifySignedLog } from '@rekey/audit-log'
import { auditTablesSql } from '@rekey/audit-log/internal'
import { createPool, parseConnectionUrl } from '@rekey/db-pool-rotator'
import { expect, it, onTestFinished } from 'vitest'
import {
  extend,
  usePostgres,
  VARIABLE,
} from '../../../test/commands/audit/audit-database.support.ts'

const server = usePostgres()
const EVENT = { actor: 'a', action: 'read', subject: 'KEY', outcome: 'succeeded' } as const

/** A database with a log of three entries, and a login that may only connect to it. */
async function openLog() {
  const database = await server.openDatabase()
  const { owner, env } = database
  const at = new URL(env[VARIABLE] ?? '')
  const role = (
    await owner.query<{ name: string }>(
      'select r.rolname as name from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member where u.rolname = $1',
      [at.username],
    )
  ).rows[0]?.name
  const username = `stranger_${randomBytes(4).toString('hex')}`
  const password = randomBytes(24).toString('hex')
  await owner.query(`create role ${username} login password '${password}'`)
  const stranger = createPool(parseConnectionUrl(Object.assign(at, { username, password }).href))
  onTestFinished(() => stranger.end())
  await extend(database, 2)
  return { ...database, stranger, role: role ?? '' }
}

const refused = (code: string) => expect.objectContaining({ code }) as unknown

it('a login that only connects holds no writer up', async () => {
  const { owner, writer, stranger } = await openLog()
  await stranger.query(`select pg_advisory_lock(hashtext('rekey.audit'))`)
  const log = createSignedLog({ database: writer })
  await log.record(EVENT)
  for (const sql of ['select audit_begin()', `select audit_append(1, '{}')`]) {
    await expect(stranger.query(sql)).rejects.toEqual(refused('42501'))
  }
  expect(await verifySignedLog({ database: owner })).toMatchObject({ ok: true, entries: 5 })
})

it('a writer may neither move the end of a stream nor put a line in past the function', async () => {
  const { writer } = await openLog()
  const client = await writer.connect()
  onTestFinished(() => {
    client.release(true)
  })
  for (const sql of [
    'update audit_stream set seq = 9',
    'delete from audit_stream',
    `insert into audit_line values (9, 1, 1, 'x')`,
    `insert into audit_stream (writer) values ('x')`,
    'update audit_line set line = line',
    'begin; lock table audit_line in share mode',
    'begin; lock table audit_stream in row exclusive mode',
    'select from audit_stream for update',
  ]) {
    await expect(client.query(`rollback; ${sql}`), sql).rejects.toEqual(refused('42501'))
  }
  await createSignedLog({ database: writer }).record(EVENT)
})

it('appends no line that has another number or hash than the one that follows', async () => {
  const { owner, writer } = await openLog()
  const { rows } = await owner.query<{ line: string }>('select line from audit_line order by seq')
  const last = rows.at(-1)?.line ?? ''
  const hash = createHash('sha256').update(last).digest('hex')
  const lines = [
    last.replace(/"prev":"[0-9a-f]+"/, `"prev":"${hash}"`),
    last,
    last.replace('{"seq":3,', '{"seq":4,'),
    last.replace('{"seq":3,', '{"seq":5,'),
    'no line',
  ]
  for (const line of lines) {
    const append = writer.query('select audit_append(1, $1)', [[line]])
    await expect(append).rejects.toEqual(refused('23514'))
  }
  await createSignedLog({ database: writer }).record(EVENT)
  expect(await verifySignedLog({ database: owner })).toMatchObject({ ok: true, entries: 5 })
})

it('appends to the tables of the log, whatever search path and temporary tables the writer has', async () => {
  const { owner, writer } = await openLog()
  const client = await writer.connect()
  try {
    await client.query(`create temporary table audit_line (seq bigint, line text);
      create temporary table audit_stream (stream bigint, writer text, seq bigint, hash text);
      insert into audit_stream values (1, session_user, 0, 'x'); set search_path = pg_temp, public`)
    const append = client.query(`select audit_append(1, '{"no line"}')`)
    await expect(append).rejects.toEqual(refused('23514'))
    await expect(append).rejects.toThrow('entry 4')
  } finally {
    client.release(true)
  }
  expect(await verifySignedLog({ database: owner })).toMatchObject({ ok: true, entries: 3 })
})

it.each([
  [
    'a trigger',
    `create function planted() returns trigger language plpgsql as 'begin return new; end';
    create trigger planted before insert on audit_line for each row execute function planted()`,
    /triggers or rules that are not its own \(planted\)/,
  ],
  [
    'a trigger of the name that ours has, on the other table,',
    `create function planted() returns trigger language plpgsql as 'begin return new; end';
    create trigger append_only before insert on audit_stream for each row execute function planted()`,
    /triggers or rules that are not its own \(append_only\)/,
  ],
  [
    'a rule',
    'create rule planted as on insert to audit_line do also select 1',
    /triggers or rules that are not its own \(planted\)/,
  ],
  [
    'another owner',
    'create role planted; grant planted to current_user; alter table audit_stream owner to planted',
    /belong to another role \(audit_stream of planted\)/,
  ],
  [
    'a function of another owner',
    'create role planter; grant planter to current_user; alter function audit_begin() owner to planter',
    /belong to another role \(audit_begin of planter\)/,
  ],
])('the SQL stops where the tables have %s that was there before', async (_, plant, message) => {
  const { owner, role } = await openLog()
  await owner.query(plant)
  await expect(owner.query(auditTablesSql(role))).rejects.toThrow(message)
})
