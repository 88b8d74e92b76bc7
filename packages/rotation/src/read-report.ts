import {
  type HealthReport,
  limitedText,
  REPORT_KEY,
  SecretError,
  type SecretHealth,
  type VersionRejection,
  within,
} from '@rekey/secret'
import type { Replica } from '@rekey/secret/kind'

const REPORT_TIMEOUT_MS = 2_000

/** The report, or why it is withheld. Nothing if the replica is down, slow or not understood. */
export async function readReport(
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
    typeof report.replica === 'string' &&
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
