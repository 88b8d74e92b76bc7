import { type Clock, SecretError, systemClock, within } from '@rekey/secret'
import type { HealthReport } from '@rekey/secret/internal'
import type { SqlClient } from '@rekey/secret/kind'

/** Options of {@link postReports}. */
export interface PostReportsOptions {
  /** A connection or pool of a login that is a member of the role of this service's reports. */
  readonly database: SqlClient
  /** How often, in milliseconds. A change of versions is posted within a second. Default 5,000. */
  readonly everyMs?: number
  /** Called with the first failure, until it works again. Default: a warning of the process. */
  readonly onFailure?: (error: SecretError) => void
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** Posts the reports of one process until it is disposed; then its row is removed, since it holds no secret any more. */
export interface PostedReports extends AsyncDisposable {
  /**
   * Posts the report of this moment. A function that is frozen between its calls awaits it in each.
   *
   * @throws {SecretError} `forbidden`, `unreachable`
   */
  post(): Promise<void>
}

const EVERY_MS = 5_000
const LOOK_MS = 1_000
const LIMIT_MS = 5_000

const POST = `
  insert into rekey.report (service, replica, report) values ($1, $2, $3)
  on conflict (service, replica) do update set report = excluded.report`
/** An empty report is that of a process that ended. A right to delete rows would be a right to lock the table of all services. */
const REMOVE = `update rekey.report set report = '' where service = $1 and replica = $2`

/**
 * Posts the report of a service to the board in the rotator's database, for replicas whose internal listener no rotator can reach:
 * functions, and tasks without ingress. The rotator makes the board and lets a role write to it, see `openReportBoard` of
 * `@rekey/rekey/internal/discovery`.
 *
 * @example
 * ```ts
 * await using service = await loadService(definition)
 * await using reports = postReports(service, { database: pool })
 * ```
 */
export function postReports(
  service: { health(): HealthReport },
  options: PostReportsOptions,
): PostedReports {
  const { everyMs = EVERY_MS, onFailure = warn, clock = systemClock } = options
  const board = new BoardRow(service, { database: options.database, clock })
  const ended = new AbortController()
  const run = async () => {
    let isFailing = false
    while (!ended.signal.aborted) {
      try {
        if (board.isDue(everyMs)) await board.post()
        isFailing = false
      } catch (error) {
        if (!isFailing) onFailure(error as SecretError)
        isFailing = true
      }
      await clock.sleep(Math.min(LOOK_MS, everyMs), ended.signal)
    }
  }
  const running = run().catch(() => undefined)
  return {
    post: () => board.post(),
    async [Symbol.asyncDispose]() {
      ended.abort()
      await running
      await board.remove().catch(onFailure)
    },
  }
}

/** The row of one process. */
class BoardRow {
  readonly #service: { health(): HealthReport }
  readonly #parts: { readonly database: SqlClient; readonly clock: Clock }
  #last: { readonly content: string; readonly at: number } | undefined

  constructor(service: { health(): HealthReport }, parts: { database: SqlClient; clock: Clock }) {
    this.#service = service
    this.#parts = parts
  }

  /** Whether the row is old, or not what a rotation would wait for. */
  isDue(everyMs: number): boolean {
    if (this.#last === undefined) return true
    const { at, content } = this.#last
    return (
      this.#parts.clock.elapsed() - at >= everyMs || contentOf(this.#service.health()) !== content
    )
  }

  async post(): Promise<void> {
    const report = this.#service.health()
    const at = this.#parts.clock.elapsed()
    await this.#ask(POST, [report.service, report.replica, JSON.stringify(report)])
    this.#last = { content: contentOf(report), at }
  }

  async remove(): Promise<void> {
    const { service, replica } = this.#service.health()
    await this.#ask(REMOVE, [service, replica])
  }

  async #ask(statement: string, values: readonly string[]): Promise<void> {
    const { database, clock } = this.#parts
    await within({ what: 'the board of reports', limitMs: LIMIT_MS, clock }, async () => {
      await database.query(statement, [...values]).catch((error: unknown) => {
        throw boardFailure(error)
      })
    })
  }
}

/** The parts of a report that a rotation waits for. */
function contentOf({ secrets }: HealthReport): string {
  return JSON.stringify(
    secrets.map(({ name, versions, usage, rejections }) => [
      name,
      versions.map(({ stage, version }) => [stage, version]),
      usage.holding,
      rejections,
    ]),
  )
}

function warn(error: SecretError): void {
  process.emitWarning(error.message, { type: 'RekeyReport', code: error.code })
}

/** SQLSTATE (PostgreSQL documentation, appendix A): `insufficient_privilege`, which row security has too, and `undefined_table`. */
const FAILURES = new Map<string, ConstructorParameters<typeof SecretError>>([
  [
    '42501',
    [
      'forbidden',
      'this login may not report for this service: make it a member of the role that the fleet names',
    ],
  ],
  ['42P01', ['missing', 'there is no board of reports in this database: let the rotator open it']],
])

function boardFailure(error: unknown): SecretError {
  const sqlState = error instanceof Error && 'code' in error ? String(error.code) : 'none'
  const [code, message] = FAILURES.get(sqlState) ?? [
    'unreachable',
    'the board of reports does not answer: check its database',
  ]
  return new SecretError(code, message, { sqlState })
}
