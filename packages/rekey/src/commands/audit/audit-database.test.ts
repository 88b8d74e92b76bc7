// @lane servers
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSignedLog, formatCheckpoint, verifySignedLog } from '@rekey/audit-log'
import { openAuditDatabase } from '../../family/rotator/open-audit-place.ts'
import { expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../../../test/commands/run-program.support.ts'
import { KEY, openDeployment } from '../../../test/commands/shop-and-mail.support.ts'
import {
  extend,
  usePostgres,
  VARIABLE,
} from '../../../test/commands/audit/audit-database.support.ts'
import { followAudit } from './follow-audit.ts'

const server = usePostgres()

/** Rotates the secret of the deployment, without the replica that was shut down. */
const ROTATE = ['rotate', 'api-key', 'shop:mail', '--deadline-ms', '20000']

async function openFamily() {
  const database = await server.openDatabase()
  const deployment = await openDeployment({ auditDatabase: VARIABLE, env: database.env })
  const rotate = () => deployment.rekey(...ROTATE, '--without', deployment.gone)
  const actions = async () =>
    (await deployment.rekey('audit', 'query')).lines().map(({ action }) => action)
  return { ...deployment, database, rotate, actions }
}

it('a rotation and commands are recorded in PostgreSQL, where audit verifies, shows, exports and signs them', async () => {
  const { rekey, rotate, actions, database } = await openFamily()
  expect(await rotate()).toMatchObject({ code: 0 })
  expect(await actions()).toEqual(
    expect.arrayContaining(['command.rotate', 'rotation.stage', 'rotation.revoke']),
  )
  const [sound] = (await rekey('audit', 'verify')).lines()
  expect(sound).toMatchObject({ type: 'sound', hasKey: true })
  const tail = (await rekey('audit', 'tail', '--lines', '1')).lines()
  expect(tail).toMatchObject([{ stream: sound?.['streams'], writer: expect.any(String) as string }])
  const exported = (await rekey('audit', 'export', '--action', 'rotation.revoke')).lines()
  expect(exported).toMatchObject([{ ocsf: { entity: { name: KEY } } }])
  const out = join(await newDirectory(), 'checkpoint.json')
  await rekey('audit', 'checkpoint', '--out', out)
  const verified = await rekey('audit', 'verify', '--checkpoint', out)
  const [all] = verified.lines()
  expect(all).toMatchObject({ type: 'sound', confirmed: all?.['entries'] })
  const reading = await followAudit({ database: database.writer })(new AbortController().signal)
  expect(reading).toHaveProperty('newest.0.action', 'command.audit checkpoint')
  expect((await database.owner.query('select line from audit_line')).rows.join()).not.toContain(
    'rk_dev_',
  )
})

it('a rotation is refused while the database is away, changes nothing, and is done once it is back', async () => {
  const { rotate, actions, path } = await openFamily()
  const before = await readFile(path, 'utf8')
  await server.stop()
  try {
    const [failed] = (await rotate()).lines().slice(-1)
    expect(failed).toMatchObject({ type: 'failure', code: 'unreachable' })
  } finally {
    await server.start()
  }
  expect(await readFile(path, 'utf8')).toBe(before)
  expect(await rotate()).toMatchObject({ code: 0 })
  expect(await actions()).toContain('rotation.revoke')
})

it('the URL may be a secret in the store of the family', async () => {
  const database = await server.openDatabase()
  const { rekey, gone, path } = await openDeployment({ auditDatabase: VARIABLE })
  await appendFile(path, `${VARIABLE}=${database.env[VARIABLE]}\n`)
  const rotated = await rekey(...ROTATE, '--without', gone)
  expect(rotated).toMatchObject({ code: 0 })
  expect(rotated.output).not.toContain('postgresql://')
  const verified = (await rekey('audit', 'verify')).lines()
  expect(verified).toMatchObject([{ type: 'sound', hasKey: true }])
})

it('no entry is lost where the server ends connections, nor where a login is replaced in the file of its URL', async () => {
  const { owner, env, newLogin } = await server.openDatabase()
  const file = join(await newDirectory(), 'url')
  await writeFile(file, env[VARIABLE] ?? '')
  await using audit = await openAuditDatabase(VARIABLE, { [`${VARIABLE}_FILE`]: file })
  const log = createSignedLog(audit.place)
  const event = { actor: 'a', action: 'read', subject: 'KEY', outcome: 'succeeded' } as const
  await log.record(event)
  const { username: user } = new URL(env[VARIABLE] ?? '')
  const endAll = 'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1'
  await owner.query(endAll, [user])
  await log.record(event)
  await writeFile(file, await newLogin())
  await owner.query(`alter role ${user} nologin`)
  await owner.query(endAll, [user])
  await log.record(event)
  const written = { ok: true, entries: 5, streams: 2 }
  expect(await verifySignedLog(audit.place)).toMatchObject(written)
})

it('a database is named in one place, and its URL by a variable that is set', async () => {
  const verify = (...args: string[]) => runProgram(['audit', 'verify', ...args, '--json'])
  expect(await verify('/var/log', '--database-variable', VARIABLE)).toMatchObject({ code: 2 })
  const unset = (await verify('--database-variable', VARIABLE)).lines()
  expect(unset).toMatchObject([{ code: 'missing' }])
})

const PUT_BACK = `delete from audit_line; insert into audit_line select * from kept_line;
  delete from audit_stream; insert into audit_stream overriding system value select * from kept_stream;
  alter table audit_stream alter column stream restart with 2`
const REPLACE = `delete from audit_line; update audit_stream set log = repeat('a', 32) where stream = 0;
  delete from audit_stream where stream > 0`

interface Manipulation {
  readonly sql: string
  readonly reason: string
  readonly stream?: number
  /** The entry that is named. */
  readonly entry: number
  /** Whether it takes the checkpoint to find it. */
  readonly needsCheckpoint?: true
  /** Entries that the attacker records afterwards. */
  readonly forged?: number
}

/** Of a log of two streams, of four and five entries. Before the second one, the attacker made a copy. */
const MANIPULATIONS: Readonly<Record<string, Manipulation>> = {
  'an edit': {
    sql: `update audit_line set line = replace(line, 'KEY', 'KEX') where (stream, seq) = (1, 4)`,
    ...{ reason: 'edited', stream: 1, entry: 4 },
  },
  'an edit of the last line': {
    sql: `update audit_line set line = replace(line, 'KEY', 'KEX') where (stream, seq) = (2, 5)`,
    ...{ reason: 'edited', stream: 2, entry: 5 },
  },
  'a deletion at the front': {
    sql: 'delete from audit_line where stream = 1 and seq <= 2',
    ...{ reason: 'removed', stream: 1, entry: 1 },
  },
  'a deletion in the middle': {
    sql: 'delete from audit_line where stream = 2 and seq in (2, 3)',
    ...{ reason: 'removed', stream: 2, entry: 2 },
  },
  'a truncation': {
    sql: 'delete from audit_line where stream = 2 and seq > 3',
    ...{ reason: 'shortened', stream: 2, entry: 4 },
  },
  'a truncation to where an older copy of both tables was': {
    sql: PUT_BACK,
    ...{ reason: 'removed', stream: 2, entry: 1, needsCheckpoint: true },
  },
  'a reordering': {
    sql: `update audit_line a set line = (select line from audit_line b where b.stream = 1 and b.seq = 7 - a.seq)
      where stream = 1 and seq in (3, 4)`,
    ...{ reason: 'reordered', stream: 1, entry: 3 },
  },
  'a line that is put in again': {
    sql: 'insert into audit_line select 2, 6, taken_at, line from audit_line where (stream, seq) = (2, 3)',
    ...{ reason: 'repeated', stream: 2, entry: 6 },
  },
  'a replacement by another sound log': {
    sql: REPLACE,
    ...{ reason: 'replaced', entry: 1, needsCheckpoint: true, forged: 9 },
  },
  'a fork: another continuation of an older copy': {
    sql: PUT_BACK,
    ...{ reason: 'forked', stream: 2, entry: 5, needsCheckpoint: true, forged: 9 },
  },
}

it.each(Object.entries(MANIPULATIONS))(
  'verify finds %s, with the checkpoint at most, and writes nothing more into what it finds',
  async (_what, { sql, reason, stream, entry, needsCheckpoint, forged }) => {
    const database = await server.openDatabase()
    const { owner, env } = database
    await extend(database, 3)
    await owner.query(`create table kept_line as select * from audit_line;
      create table kept_stream as select * from audit_stream`)
    const out = join(await newDirectory(), 'checkpoint.json')
    await writeFile(out, formatCheckpoint(await extend(database, 4)))
    await owner.query(`alter table audit_line disable trigger append_only; ${sql};
      alter table audit_line enable always trigger append_only`)
    if (forged !== undefined) await extend(database, forged, 'forge')
    const audit = (command: string, ...args: string[]) =>
      runProgram(['audit', command, '--database-variable', VARIABLE, ...args, '--json'], { env })
    const place = stream === undefined ? {} : { stream }
    const found = { type: 'damaged', reason, ...place, entry, entries: entry - 1 }
    const marked = await audit('verify', '--checkpoint', out)
    expect(marked).toMatchObject({ code: 1 })
    expect(marked.lines()).toMatchObject([found])
    const alone = await audit('verify')
    expect(alone.lines()).toMatchObject([needsCheckpoint ? { type: 'sound' } : found])
    const later = join(await newDirectory(), 'later.json')
    const signed = await audit('checkpoint', '--checkpoint', out, '--out', later)
    expect(signed.lines()).toMatchObject([{ code: 'conflict', details: { reason, entry } }])
  },
)

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-audit-database-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}
