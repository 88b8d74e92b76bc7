import { randomBytes } from 'node:crypto'
import { createSignedLog } from '@rekey/audit-log'
import { auditTablesSql, type Checkpoint } from '@rekey/audit-log/internal'
import { createPool, parseConnectionUrl } from '@rekey/db-pool-rotator'
import { openPostgres, type Postgres } from '@rekey/testbed'
import type pg from 'pg'
import { afterAll, beforeAll, onTestFinished } from 'vitest'

/** The variable that holds the URL of a writer. */
export const VARIABLE = 'DATABASE_AUDIT'

/** A database with the tables of an audit log. */
export interface AuditDatabase {
  /** As the owner of the tables, who can do all that an attacker can. */
  readonly owner: pg.Pool
  /** As a login that writes the log. */
  readonly writer: pg.Pool
  /** The environment of a command or a service that writes it. */
  readonly env: Readonly<Record<string, string>>
  /** Creates another login of the writers. */
  readonly newLogin: () => Promise<string>
}

/** A server for a file of tests. */
export function usePostgres() {
  let server: Postgres | undefined
  let count = 0
  const running = () => server ?? fail()
  beforeAll(async () => {
    server = await openPostgres()
  }, 120_000)
  afterAll(() => server?.close())
  return {
    /** Of the process that takes connections. */
    get pid(): number {
      return running().pid ?? fail()
    },
    stop: () => running().stop(),
    start: () => running().start(),
    /** Creates a database with a login for its writers, as `rekey rights audit:ROLE` prints. */
    async openDatabase(): Promise<AuditDatabase> {
      count += 1
      const [name, writers] = [`audit_${count}`, `audit_writer_${count}`]
      const adminUrl = running().adminUrl.expose()
      const admin = openPool(adminUrl)
      await admin.query(`create database ${name}`)
      await admin.query(`create role ${writers}`)
      const at = new URL(adminUrl)
      at.pathname = `/${name}`
      const owner = openPool(at.href)
      await owner.query(auditTablesSql(writers))
      const newLogin = async () => {
        const password = randomBytes(24).toString('hex')
        const username = `${name}_${randomBytes(4).toString('hex')}`
        await admin.query(`create role ${username} login password '${password}' in role ${writers}`)
        return Object.assign(new URL(at), { username, password }).href
      }
      const url = await newLogin()
      return { owner, writer: openPool(url), env: { [VARIABLE]: url }, newLogin }
    },
  }
}

function openPool(url: string): pg.Pool {
  const pool = createPool(parseConnectionUrl(url))
  onTestFinished(() => pool.end())
  return pool
}

function fail(): never {
  throw new TypeError('the server of this file is not open')
}

const EVENT = { actor: 'a', subject: 'KEY', outcome: 'succeeded' } as const

/** Records events through a writer of its own, and signs where the log ends. */
export async function extend(
  { writer }: AuditDatabase,
  count: number,
  action = 'stage',
): Promise<Checkpoint> {
  const log = createSignedLog({ database: writer })
  for (let round = 1; round <= count; round += 1) {
    await log.record({ ...EVENT, action, details: { round } })
  }
  const signed = await log.checkpoint()
  await log.close()
  return signed
}
