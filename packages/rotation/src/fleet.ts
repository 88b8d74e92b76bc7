import {
  type HealthReport,
  limitedText,
  REPORT_KEY,
  REPORT_MAC_HEADER,
  type Secret,
  SecretError,
  type SecretHealth,
  signReportRequest,
  type VersionRejection,
  within,
} from '@rekey/secret'
import type { Fleet, Replica } from '@rekey/secret/kind'
import type { ReplicaSource } from './discovery/replica-source.ts'

/** How replicas are found and asked. */
export interface FleetOptions {
  /** How reports are fetched, see `signedReports`; of the shape of the global one. Default: that one. */
  readonly fetch?: typeof fetch
}

/**
 * Creates the fleet that a rotation asks for acknowledgements, from a list of replicas, or from a source that lists them anew for
 * each look where they come and go, see `@rekey/rotation/discovery`.
 *
 * @example
 * ```ts
 * const url = 'https://signing:8443'
 * createFleet([{ service: 'signing', url, healthUrl: 'http://signing:9090' }], { fetch: signedReports(key) })
 * ```
 */
export function createFleet(
  replicas: readonly Replica[] | ReplicaSource,
  { fetch = globalThis.fetch }: FleetOptions = {},
): Fleet {
  const replicasOf = async (service: string, signal?: AbortSignal) => {
    const listed = typeof replicas === 'function' ? await replicas(service, signal) : replicas
    const found = listed.filter((replica) => replica.service === service)
    if (found.length > 0) return found
    throw new SecretError('missing', `no replica of ${service} is known: check the fleet`)
  }
  return {
    replicas: (service) => replicasOf(service),
    async acknowledgements({ service, secret }, signal) {
      const asked = await replicasOf(service, signal)
      const reports = await Promise.all(
        asked.map(async (replica) => ({
          replica,
          report: await readReport(replica, fetch, signal),
        })),
      )
      return reports.map(({ replica, report }) => {
        const problem = problemOf({ replica, report }, reports)
        if (problem !== undefined || typeof report !== 'object') {
          return { replica, ack: undefined, ...(problem !== undefined && { problem }) }
        }
        const ack = report.secrets.find(({ name }) => name === secret)
        if (ack !== undefined) return { replica, ack: { ...ack, replica: report.replica } }
        const missing = `reports nothing of ${secret}: run the release that uses it`
        return { replica, ack: undefined, problem: missing }
      })
    },
  }
}

interface ReadReport {
  readonly replica: Replica
  readonly report: HealthReport | string | undefined
}

/**
 * Why what was answered does not speak for this replica. A report speaks for one process: what passes requests on could have
 * another replica answer for one that is not there yet.
 */
function problemOf(
  { replica: { healthUrl, service }, report }: ReadReport,
  reports: readonly ReadReport[],
): string | undefined {
  if (typeof report !== 'object') return report
  if (report.service !== service) return `is a replica of ${report.service}`
  const double = reports.find(
    (other) =>
      typeof other.report === 'object' &&
      other.report.replica === report.replica &&
      other.replica.healthUrl !== healthUrl,
  )
  if (double === undefined) return undefined
  return `gives the report of the process at ${double.replica.healthUrl} too: list each replica once, and look for what passes requests on`
}

const REPORT_TIMEOUT_MS = 2_000

/** The report, or why it is withheld. Nothing if the replica is down, slow or not understood. */
async function readReport(
  { healthUrl }: Replica,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<HealthReport | string | undefined> {
  const limit = { what: `the report of ${healthUrl}`, limitMs: REPORT_TIMEOUT_MS, signal }
  try {
    return await within(limit, async (limited) => {
      const response = await fetch(new URL('/health/secrets', healthUrl), { signal: limited })
      if (response.status === 401) {
        return `refuses its report: set ${REPORT_KEY} to the same key at both ends, and check their clocks`
      }
      if (response.status === 421) return 'does not serve that host: add its name to HEALTH_HOSTS'
      return response.ok ? parseReport(await limitedText(response)) : undefined
    })
  } catch (error) {
    if (error instanceof SecretError && error.code === 'forbidden') return error.message
    // A replica that is down or slow has not acknowledged; only a cancelled rotation ends the wait.
    signal.throwIfAborted()
    return undefined
  }
}

/** Nothing if another program answers at the address of the replica. */
function parseReport(text: string): HealthReport | undefined {
  const report = JSON.parse(text) as Partial<HealthReport> | null
  const isReport =
    typeof report?.service === 'string' &&
    Array.isArray(report.secrets) &&
    report.secrets.every(isHealth)
  return isReport ? (report as HealthReport) : undefined
}

function isHealth(secret: Partial<SecretHealth> | null): boolean {
  const { versions, usage, rejections = [] } = secret ?? {}
  const isCounted = Array.isArray(usage?.versions) && typeof usage.holding === 'object'
  const isJudged = Array.isArray(rejections) && rejections.every(isRejection)
  return typeof secret?.name === 'string' && Array.isArray(versions) && isCounted && isJudged
}

const CODE = /^[a-z-]{1,32}$/

/** Replicas of older versions report none. */
function isRejection(rejection: Partial<VersionRejection> | null): boolean {
  const { version, by, reason } = rejection ?? {}
  return typeof version === 'string' && CODE.test(String(by)) && CODE.test(String(reason))
}

/** Requests for this path are signed. Nothing else that a rotation fetches is. */
const REPORT_PATH = '/health/secrets'

/**
 * Creates the `fetch` by which a rotation reads the reports of replicas beyond loopback: each request for a report is signed with
 * the key that the replicas have too, and an answer that is not authenticated by it is no answer. Everything else passes.
 *
 * @example
 * ```ts
 * createFleet(replicas, { fetch: signedReports(key) })
 * ```
 */
export function signedReports(key: Secret, fetch = globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    if (new URL(url).pathname !== REPORT_PATH) return fetch(input, init)
    const { authorization, isAnswer } = signReportRequest(key, REPORT_PATH)
    const headers = new Headers(init?.headers)
    headers.set('authorization', authorization)
    const response = await fetch(url, { ...init, headers, redirect: 'error' })
    if (!response.ok) return response
    const body = await limitedText(response)
    if (isAnswer(body, response.headers.get(REPORT_MAC_HEADER))) return new Response(body)
    const message = `answers without ${REPORT_KEY}: set the same key there, or look for what else listens at that address`
    throw new SecretError('forbidden', message)
  }
}
