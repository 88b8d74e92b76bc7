import { systemClock } from '@rekey/secret'
import { createSqlStatements, withSqlClient } from '@rekey/secret/internal/kind'
import { type Answer, needs, type Question } from './ask-all.ts'
import type { DeploymentParts } from './deployment-parts.ts'

const statements = createSqlStatements({
  known: {
    '28P01': ['rejected', 'the server refuses the password of the rotator: correct its login'],
    '28000': ['rejected', 'the server refuses the rotator: correct its login, or pg_hba.conf'],
    '3D000': ['missing', 'the database of the rotator does not exist: create it'],
    '42501': ['forbidden', 'the rotator may not connect to its database: grant it CONNECT'],
  },
  otherwise: 'the server does not answer: check its address, and that it is up',
})

const WHO = `select current_user as name, current_setting('server_version') as version,
  pg_is_in_recovery() as "isStandby", extract(epoch from clock_timestamp())::float8 * 1000 as ms`

interface ServerRow {
  readonly name: string
  readonly version: string
  readonly isStandby: boolean
  readonly ms: number
}

async function rowOf(parts: DeploymentParts, server: string): Promise<ServerRow> {
  const pool = await parts.server(server)
  const rows = await withSqlClient(pool, statements.failure, (client) =>
    statements.query<ServerRow>(client, WHO),
  )
  const [row] = rows
  if (row === undefined) throw new TypeError('a query without a table has one row')
  return row
}

/** Logs in at a server as the rotator. */
export function askServer(parts: DeploymentParts, server: string): Question {
  return {
    subject: server,
    async ask() {
      const { name, version, isStandby } = await rowOf(parts, server)
      if (!isStandby) return `${name} logs in; PostgreSQL ${version}`
      const message = 'it is a standby, which cannot be written: name the primary in the login'
      return [{ subject: server, result: 'failed', message }]
    },
  }
}

/** Compares the clock of a server with this machine's. */
export function clockOfServer(parts: DeploymentParts, server: string): Question {
  return {
    subject: server,
    async ask() {
      const { ms } = await needs(`the rotator's login at ${server}`, rowOf(parts, server))
      return [judgeClock(server, ms - systemClock.now())]
    },
  }
}

/** Signed reports and the leases of a journal in the store bear five minutes; a clock that drifts is reported well before. */
const MOST_AHEAD_MS = 60_000

/** Judges how far another clock is ahead of this machine's. */
export function judgeClock(subject: string, aheadMs: number): Answer {
  const seconds = Math.round(Math.abs(aheadMs) / 1_000)
  const message = `its clock is ${seconds} s ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine's`
  if (Math.abs(aheadMs) <= MOST_AHEAD_MS) return { subject, result: 'ok', message }
  return { subject, result: 'failed', message: `${message}: set both by NTP` }
}
