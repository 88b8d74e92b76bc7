import {
  formatOf,
  formatReportQuestion,
  type HealthReport,
  MAX_REPORT_WAIT_MS,
  REPORT_KEY,
  REPORT_QUESTION_HEADER,
  type ReportQuestion,
  requireFormat,
} from '@rekey/secret/internal'
import { limitedText, printableLine, SecretError, within } from '@rekey/secret'
import type { Replica } from '@rekey/secret/internal/kind'
import { z } from 'zod'
import { clientRefusalIn } from './report-failure.ts'
import type { FetchReport } from './report-fetch.ts'

/** Twice as long as a replica waits with its answer. */
const REPORT_TIMEOUT_MS = 2 * MAX_REPORT_WAIT_MS

/** How a report is asked for. */
interface ReportQuery {
  readonly fetch: FetchReport
  readonly question: ReportQuestion
  readonly signal: AbortSignal
  /** Called when the replica waits with its answer. */
  readonly onParked: () => void
}

/** The report, or why it is withheld. Neither if the replica is down, slow or not understood: at most why it did not answer. */
export interface ReportReading {
  readonly report?: HealthReport | undefined
  readonly problem?: string
  readonly absence?: string
}

/** Asks a replica for its report. */
export async function readReport(
  { service, healthUrl }: Replica,
  { fetch, question, signal, onParked }: ReportQuery,
): Promise<ReportReading> {
  const limit = { what: `the report of ${healthUrl}`, limitMs: REPORT_TIMEOUT_MS, signal }
  try {
    return await within(limit, async (limited) => {
      const headers = { [REPORT_QUESTION_HEADER]: formatReportQuestion(question) }
      const url = new URL('/health/secrets', healthUrl)
      const response = await fetch(url, { headers, signal: limited, onParked, service })
      if (response.status === 401) {
        const problem = `refuses its report: set ${REPORT_KEY} to the same key at both ends, and check their clocks`
        return { problem }
      }
      if (response.status === 403) return refusalOf(await limitedText(response))
      if (response.status === 421) {
        return { problem: 'does not serve that host: add its name to HEALTH_HOSTS' }
      }
      return response.ok ? { report: parseReport(await limitedText(response), healthUrl) } : {}
    })
  } catch (error) {
    // A replica that is down or slow has not acknowledged; only a cancelled rotation ends the wait.
    signal.throwIfAborted()
    if (!(error instanceof SecretError)) return {}
    const { code, message, details } = error
    if (code !== 'unreachable') return { problem: message }
    return String(details['reason']).startsWith('handshake') ? { absence: message } : {}
  }
}

function refusalOf(body: string): ReportReading {
  const problem = clientRefusalIn(body)
  return problem === undefined ? {} : { problem }
}

/** Matches a text in whose strings there may be a character that rules a terminal or ends a line. */
const MAY_RULE = /\\[bfnrtu]|[\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/u

/**
 * Nothing if another program answers at the address of the replica. What a report states ends in lines for people, so its strings hold
 * none of the characters that {@link printableLine} shows.
 *
 * @throws {SecretError} `refused` for a report of a newer format
 */
function parseReport(text: string, healthUrl: string): HealthReport | undefined {
  const reviver = MAY_RULE.test(text) ? printableMember : undefined
  const report = JSON.parse(text, reviver) as Partial<HealthReport> | null
  requireFormat('health-report', formatOf(report), `of ${healthUrl}`)
  return REPORT.safeParse(report).success ? (report as HealthReport) : undefined
}

function printableMember(_name: string, value: unknown): unknown {
  if (typeof value === 'string') return printableLine(value)
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isRecord) return value as unknown
  const entries = Object.entries(value as Record<string, unknown>).map(([name, member]) => [
    printableLine(name),
    member,
  ])
  return Object.fromEntries(entries) as unknown
}

const CODE = z.string().regex(/^[a-z-]{1,32}$/)
const VERSION = z.looseObject({ version: z.string() })
const HELD = z.record(z.string(), z.array(z.string()))

/** The part of a report that a rotation reads. */
const REPORT = z.looseObject({
  service: z.string(),
  replica: z.string(),
  release: z.string().optional(),
  secrets: z.array(
    z.looseObject({
      name: z.string(),
      versions: z.array(VERSION.extend({ stage: z.string() })),
      usage: z.looseObject({ versions: z.array(VERSION), holding: HELD }),
      // Replicas of older versions report none.
      rejections: z.array(VERSION.extend({ by: CODE, reason: CODE })).optional(),
    }),
  ),
})
