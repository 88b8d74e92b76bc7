import { createSqlStatements } from '@rekey/secret/internal/kind'
import { type SqlPool } from '@rekey/secret/kind'
import type { ReplicaSource } from '../discovery/replica-source.ts'
import type { FetchReport } from '../report-fetch.ts'
import { openBoardTable } from './board-table.ts'

/** Who reports on a board. */
export interface ReporterOptions {
  /** The name of the service. */
  readonly service: string
  /** The role whose members may write the rows of this service, and no others: the owner of its database, for example. */
  readonly role: string
  /** Where callers reach the service, for kinds that try it: the address of the function. */
  readonly url: string
}

/** Options of {@link openReportBoard}. */
export interface ReportBoardOptions {
  /** Who may report. */
  readonly reporters: readonly ReporterOptions[]
  /** A replica that has not reported for so long does not answer, in milliseconds. Default 15,000: three reports. */
  readonly staleMs?: number
  /** One that has not reported for so long is gone, in milliseconds. Default 900,000. */
  readonly goneMs?: number
}

/** A table in PostgreSQL on which replicas post their reports, where a rotator cannot reach them. */
export interface ReportBoard {
  /** Lists the replicas that have reported. */
  readonly source: ReplicaSource
  /** Returns a `fetch` that gives the reports on this board, and leaves everything else to another one. */
  fetchWith(fetch: FetchReport): FetchReport
}

interface Row {
  readonly service: string
  readonly replica: string
  readonly report: string
  readonly age_ms: number
}

const STALE_MS = 15_000
const GONE_MS = 900_000
const PROTOCOL = 'board:'

const LIST = `
  with rows as (
    select service, replica, report, extract(epoch from clock_timestamp() - at) * 1000 as age_ms
    from rekey.report where service = $1 and report <> ''
  )
  select service, replica, report, age_ms::float8 from rows where age_ms < $2 order by replica`

/**
 * Opens a board in the rotator's database, makes its table `rekey.report` if it is not there, and lets the role of each reporter write
 * the rows of its service, by row security. Who cannot log in as a member of that role cannot report for the service, so
 * the reports on a board need no signature.
 *
 * Replicas that a rotator cannot reach, such as functions and tasks without a listener, post their reports by `postReports` of
 * `@rekey/config-loader`. One that falls silent does not answer, which stops a rotation, until it is taken for gone.
 *
 * @throws {SecretError} `missing` if there is no such role; `refused` naming what belongs to another role; `forbidden`, `unreachable`
 *
 * @example
 * ```ts
 * const url = 'https://mailer.example.com'
 * const board = await openReportBoard(pool, { reporters: [{ service: 'mailer', role: 'mailer', url }] })
 * const fleet = createFleet(board.source, { fetch: board.fetchWith(fetch) })
 * ```
 */
export async function openReportBoard(
  database: SqlPool,
  { reporters, staleMs = STALE_MS, goneMs = GONE_MS }: ReportBoardOptions,
): Promise<ReportBoard> {
  await openBoardTable(database, reporters, statements)
  const urls = new Map(reporters.map(({ service, url }) => [service, url]))
  /** By address. What was listed last is what is read: a look at a fleet lists it first. */
  const seen = new Map<string, Row>()
  return {
    async source(service) {
      const url = urls.get(service)
      if (url === undefined) return []
      const rows = await statements.query<Row>(database, LIST, [service, goneMs])
      // Instances of a function come and go for as long as a controller runs.
      for (const [address, row] of seen) if (row.service === service) seen.delete(address)
      return rows.map((row) => {
        const healthUrl = addressOf(row)
        seen.set(healthUrl, row)
        return { service, url, healthUrl, id: row.replica }
      })
    },
    fetchWith: (fetch) => (input, init) => {
      const url = new URL(input)
      if (url.protocol !== PROTOCOL) return fetch(input, init)
      const row = seen.get(`${PROTOCOL}//${url.host}`)
      if (row === undefined || row.age_ms >= staleMs) {
        return Promise.reject(new TypeError('no report of this replica is on the board'))
      }
      return Promise.resolve(new Response(row.report))
    },
  }
}

/** Its host stands for the row. A report that is not of that replica is found out where reports are read. */
function addressOf({ service, replica }: Row): string {
  return `${PROTOCOL}//${[service, replica].map(encodeURIComponent).join('~')}`
}

const statements = createSqlStatements({
  known: {
    '42501': ['forbidden', 'the rotator may not write its board: grant it schema rekey'],
    '42704': [
      'missing',
      'a reporter of the board has no role: create the role that its entry names',
    ],
  },
  otherwise: 'the board of reports does not answer: check its database',
})
