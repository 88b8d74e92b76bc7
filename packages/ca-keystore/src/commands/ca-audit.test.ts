import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { X509Certificate } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { biographyTrail, createCa, createRecordMarks, readBiography } from '../index.ts'
import { generatePassphrase, createSigningRequest } from '../internal.ts'
import { openPostgres } from '@rekey/testbed'
import {
  createCheckpointSigner,
  encodeCertificateEntry,
  encodeHeadEntry,
  issueNoteKey,
  logTablesSql,
  openPostgresLog,
  leafHash,
} from '@rekey/audit-log/transparency'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runProgram } from '@rekey/rekey/internal/run-program'

const { signerKey, verifierKey } = issueNoteKey('dev-certtransparency/log')
const signer = createCheckpointSigner(signerKey)

let server: Awaited<ReturnType<typeof openPostgres>>
let pool: pg.Pool
let directory: string
let keystore: string
let notes: string[]

beforeAll(async () => {
  server = await openPostgres()
  pool = new pg.Pool({ connectionString: server.adminUrl.expose() })
  pool.on('error', () => undefined)
  directory = await mkdtemp(join(await realpath(tmpdir()), 'rekey-audit-'))
  keystore = join(directory, 'ca')
  const commonName = 'Test Development CA'
  await using ca = await createCa({
    ...{ directory: keystore, passphrase: generatePassphrase(), commonName },
  })
  await using marks = createRecordMarks(keystore)
  await pool.query(`create role appender; ${logTablesSql('appender')}`)
  const log = openPostgresLog(pool)
  notes = []
  for (const name of ['alice', 'bob', 'carol']) {
    const { certificate, serial } = await ca.issueCertificate({
      ...{ csr: createSigningRequest({ commonName: name }).csr, profile: 'client' },
      subject: { commonName: name },
      subjectAltNames: [{ kind: 'email', value: `${name}@example.com` }],
      validityMs: 60_000,
    })
    if (name === 'carol') break
    const { index, head } = await log.append(
      encodeCertificateEntry(new X509Certificate(certificate)),
    )
    await marks.mark(serial, index)
    const path = join(directory, `checkpoint-${head.size}`)
    await writeFile(path, signer.sign({ origin: signer.name, ...head }))
    notes.push(path)
  }
}, 60_000)
afterAll(async () => {
  await pool.end()
  await server.close()
  await rm(directory, { recursive: true })
})

async function audit(checkpoints = notes, keystores = [keystore]) {
  const args = ['ca', 'audit', ...keystores, '--log-key', verifierKey, '--json']
  for (const path of checkpoints) args.push('--checkpoint', path)
  const env = { DATABASE_URL: server.adminUrl.expose() }
  const { code, lines, output } = await runProgram(args, { env })
  expect(output).not.toContain(env.DATABASE_URL)
  return { code, findings: lines().flatMap(({ reason }) => (reason === undefined ? [] : [reason])) }
}

/** Changes the log as its owner can, and back. */
async function changed<T>(change: string, back: string, work: () => Promise<T>): Promise<T> {
  const as = (sql: string) =>
    pool.query(`begin; alter table log_entry disable trigger append_only;
      alter table log_node disable trigger append_only; ${sql};
      alter table log_entry enable always trigger append_only;
      alter table log_node enable always trigger append_only; commit`)
  await as(change)
  try {
    return await work()
  } finally {
    await as(back)
  }
}

const HASH = (index: number) => `select hash from kept_node where level = 0 and index = ${index}`

it('finds nothing in a log that has kept its promises, and names a certificate that is not on record yet', async () => {
  expect(await audit()).toEqual({ code: 1, findings: ['not-on-record'] })
  expect(await audit(notes, [])).toEqual({ code: 0, findings: [] })
})

it('names an entry that was rewritten, with its tree or without', async () => {
  const evil = leafHash(Buffer.from('rekey-log/v1 other\nevil'))
  const entry = `update log_entry set entry = 'rekey-log/v1 other\\012evil' where index = 1`
  const node = `update log_node set hash = '\\x${Buffer.from(evil).toString('hex')}' where level = 0 and index = 1`
  await pool.query('create table kept_node as table log_node; create table kept as table log_entry')
  const back = `update log_entry set entry = kept.entry from kept where kept.index = log_entry.index`
  expect((await changed(entry, back, audit)).findings).toEqual([
    ...['rewritten', 'rewritten', 'removed', 'not-on-record'],
  ])
  const nodeBack = `${back}; update log_node set hash = (${HASH(1)}) where level = 0 and index = 1`
  const found = await changed(`${entry}; ${node}`, nodeBack, audit)
  expect(found.findings).toContain('rewritten')
  expect(await audit(notes, [])).toEqual({ code: 0, findings: [] })
})

it('names a log that was truncated, with its tree', async () => {
  const cut =
    'delete from log_entry where index = 1; delete from log_node where index = 1 or level = 1'
  const back = `insert into log_entry select * from kept where index = 1;
    insert into log_node select * from kept_node where index = 1 or level = 1`
  expect((await changed(cut, back, audit)).findings).toEqual([
    'truncated',
    'removed',
    'not-on-record',
  ])
})

it('names a log that was forked: two clients remember different trees of one size', async () => {
  const path = join(directory, 'of-another-client')
  const root = leafHash(Buffer.from('shown to one client alone'))
  await writeFile(path, signer.sign({ origin: signer.name, size: 2, root }))
  expect((await audit([...notes, path], [])).findings).toEqual(['forked'])
})

it('names a biography that was cut or rewritten after its head was anchored', async () => {
  const { verdict, entries } = await readBiography({ directory: keystore })
  if (!verdict.ok) throw new Error('the biography is not sound')
  const trail = biographyTrail(entries[0]?.subject ?? '')
  const log = openPostgresLog(pool)
  const { seq, hash } = verdict.head
  await log.append(encodeHeadEntry({ trail, seq, hash }))
  expect(await audit()).toEqual({ code: 1, findings: ['not-on-record'] })
  await log.append(encodeHeadEntry({ trail, seq: seq + 1, hash: 'ab'.repeat(32) }))
  const findings = ['not-on-record', 'trail-truncated']
  expect((await audit()).findings).toEqual(findings)
  await log.append(encodeHeadEntry({ trail, seq: 1, hash: 'cd'.repeat(32) }))
  expect(seq).toBeGreaterThan(1)
  expect((await audit()).findings).toEqual(['not-on-record', 'trail-rewritten', 'trail-truncated'])
})

it('takes no checkpoint of another log, and needs the URL of the database', async () => {
  const path = join(directory, 'foreign')
  const foreign = createCheckpointSigner(issueNoteKey('dev-other/log').signerKey)
  const root = leafHash(Buffer.from('a'))
  await writeFile(path, foreign.sign({ origin: foreign.name, size: 1, root }))
  const { code } = await audit([path], [])
  expect(code).not.toBe(0)
  const without = await runProgram(['ca', 'audit', '--log-key', verifierKey])
  expect(without.output).toContain('DATABASE_URL is not set')
})

it('names a record of which lines were deleted, by the count in the biography', async () => {
  const folder = join(keystore, 'record')
  const [name = ''] = (await readdir(folder)).filter((each) => each.endsWith('.issued'))
  const path = join(folder, name)
  const whole = await readFile(path, 'utf8')
  const kept = whole.split('\n').filter((line) => !line.startsWith('{"signed"'))
  await writeFile(path, kept.join('\n'))
  expect((await audit(notes, [keystore])).findings).toContain('record-cut')
  await rm(path)
  expect((await audit(notes, [keystore])).findings).toContain('record-cut')
  await writeFile(path, whole, { mode: 0o600 })
  expect((await audit(notes, [keystore])).findings).not.toContain('record-cut')
})
