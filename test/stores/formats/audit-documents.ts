import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSignedLog, parseCheckpoint, verifyAuditLog, verifySignedLog } from '@rekey/audit-log'
import {
  issueNoteKey,
  logTablesSql,
  openPostgresLog,
  parseEntry,
} from '@rekey/audit-log/transparency'
import { auditTablesSql } from '@rekey/audit-log/internal'
import { runProgram } from '@rekey/rekey/internal/run-program'
import { SecretError } from '@rekey/secret'
import type pg from 'pg'
import { inDatabase } from './rotator-documents.ts'
import { type FormatReader, inDirectory, VALUE } from './store-documents.ts'

const EVENT = { actor: 'rotator', subject: 'A', action: 'read', outcome: 'succeeded' } as const

const verifyTrail: FormatReader = (format) =>
  inDirectory(async (directory) => {
    const path = join(directory, 'trail.jsonl')
    await writeFile(path, `${JSON.stringify({ format, ...EVENT, text: VALUE })}\n`)
    await verifyAuditLog(path)
  })

/** A signed log of one entry, in which one text of one file is replaced. */
async function inSignedLog(
  {
    ending,
    from,
    to,
  }: { readonly ending: string; readonly from: string | RegExp; readonly to: string },
  work: (directory: string) => Promise<unknown>,
): Promise<void> {
  await inDirectory(async (directory) => {
    await createSignedLog({ directory }).record(EVENT)
    for (const name of (await readdir(directory)).filter((each) => each.endsWith(ending))) {
      const path = join(directory, name)
      await writeFile(path, (await readFile(path, 'utf8')).replace(from, to))
    }
    await work(directory)
  })
}

const markedLine = (format: number) => ({
  ...{ ending: '.jsonl', from: '{"seq":1,' },
  to: `{"format":${format},"seq":1,"text":"${VALUE}",`,
})

const verifySigned: FormatReader = (format) =>
  inSignedLog(markedLine(format), (directory) => verifySignedLog({ directory }))

/** Of which nothing is like a line of format 1. */
const unlikeSigned: FormatReader = (format) =>
  inSignedLog({ ...markedLine(format), from: /^.*$/m, to: `{"format":${format}}` }, (directory) =>
    verifySignedLog({ directory }),
  )

const readKey: FormatReader = (format) =>
  inSignedLog(
    { ending: 'audit.key', from: '{', to: `{"format":${format},"text":"${VALUE}",` },
    (directory) => createSignedLog({ directory }).record(EVENT),
  )

const verifyWithKey: FormatReader = (format) =>
  inSignedLog(
    { ending: 'audit.key', from: '{', to: `{"format":${format},"text":"${VALUE}",` },
    (directory) => verifySignedLog({ directory }),
  )

const readCheckpoint: FormatReader = (format) => {
  parseCheckpoint(JSON.stringify({ format, type: 'rekey-audit-checkpoint', text: VALUE }))
}

const verifyReceipt: FormatReader = (format) =>
  inDirectory(async (directory) => {
    const receipt = join(directory, 'receipt.json')
    await writeFile(receipt, JSON.stringify({ format, type: VALUE }))
    await createSignedLog({ directory: join(directory, 'audit') }).record(EVENT)
    const { verifierKey } = issueNoteKey('dev-certtransparency/log')
    const log = [join(directory, 'audit'), '--log-key', verifierKey]
    const run = await runProgram(['audit', 'verify', ...log, '--receipt', receipt, '--json'])
    const [{ code, message, details } = {}] = run.lines() as Partial<SecretError>[]
    // The command begins with the code.
    throw new SecretError(code ?? 'missing', (message ?? '').replace(/^refused: /, ''), details)
  })

const inAuditTables = (format: number, work: (pool: pg.Pool) => Promise<unknown>) =>
  inDatabase(async (pool) => {
    await pool.query(`create role audit_writer_${format}`).catch(() => undefined)
    await pool.query(auditTablesSql(`audit_writer_${format}`))
    await pool.query(`comment on table audit_line is 'rekey format ${format}'`)
    await work(pool)
  })

const writeAuditTables: FormatReader = (format) =>
  inAuditTables(format, (database) => createSignedLog({ database }).record(EVENT))

const verifyAuditTables: FormatReader = (format) =>
  inAuditTables(format, (database) => verifySignedLog({ database }))

const readLogEntry: FormatReader = (format) => {
  parseEntry(Buffer.from(`rekey-log/v${format} certificate\n${VALUE}`))
}

const openLogTables: FormatReader = (format) =>
  inDatabase(async (pool) => {
    await pool.query(`create role log_writer_${format}`).catch(() => undefined)
    await pool.query(logTablesSql(`log_writer_${format}`))
    await pool.query(`comment on table log_entry is 'rekey format ${format}'`)
    const log = openPostgresLog(pool)
    await log.head()
  })

/** Readers of logs, and of what proves them. */
export const AUDIT_READERS = {
  'audit-entry': [verifyTrail, verifySigned, unlikeSigned],
  'audit-tables': [writeAuditTables, verifyAuditTables],
  'audit-key': [readKey, verifyWithKey],
  'audit-checkpoint': [readCheckpoint],
  'audit-receipt': [verifyReceipt],
  'log-entry': [readLogEntry],
  'log-tables': [openLogTables],
} satisfies Record<string, readonly FormatReader[]>
