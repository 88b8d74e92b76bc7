import { execFile } from 'node:child_process'
import { chown, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import type { Account } from './postgres-programs.ts'

/** The server whose data is copied while it runs. */
interface Source {
  /** Of a superuser; the server must be a primary. */
  readonly adminUrl: string
  readonly dataDirectory: string
}

/** Belongs to the server that was copied; the write-ahead log is streamed instead (PostgreSQL documentation, 25.3.4). */
const NOT_COPIED = ['postmaster.pid', 'postmaster.opts']
const EMPTIED = ['pg_wal', 'pg_replslot']

/**
 * Copies the data of a running server, as `pg_basebackup` does, which the PostgreSQL from npm lacks.
 *
 * @param account owns the copy
 */
export async function copyDataDirectory(
  { adminUrl, dataDirectory }: Source,
  copy: string,
  account: Account,
): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(`select pg_backup_start('a standby', true)`)
    await promisify(execFile)('cp', ['-R', dataDirectory, copy], { ...account, cwd: '/' })
    const stop = 'select labelfile as label from pg_backup_stop(false)'
    const { rows } = await client.query<{ label: string }>(stop)
    for (const name of NOT_COPIED) await rm(join(copy, name), { force: true })
    for (const name of EMPTIED) await emptyDirectory(join(copy, name))
    await writeOwned(join(copy, 'backup_label'), rows[0]?.label ?? '', account)
  } finally {
    await client.end()
  }
}

async function emptyDirectory(path: string): Promise<void> {
  for (const name of await readdir(path)) await rm(join(path, name), { recursive: true })
}

/** A standby looks again after this for an upstream that was away. */
const RETRY_MS = 200

/**
 * Writes what makes the server of a data directory a standby of another one from its next start on.
 *
 * @param upstreamUrl of a superuser; only a file that the server alone can read holds it
 * @param account the server runs as
 */
export async function becomeStandby(
  dataDirectory: string,
  upstreamUrl: string,
  account: Account,
): Promise<void> {
  const lines = [`primary_conninfo = '${upstreamUrl}'`, `wal_retrieve_retry_interval = ${RETRY_MS}`]
  const settings = join(dataDirectory, 'postgresql.auto.conf')
  await writeOwned(settings, `${lines.join('\n')}\n`, account)
  await writeOwned(join(dataDirectory, 'standby.signal'), '', account)
}

async function writeOwned(path: string, text: string, { uid, gid }: Account): Promise<void> {
  await writeFile(path, text, { mode: 0o600 })
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
}
