import type { HealthReport, SecretHealth, VersionHealth } from '@rekey/config-loader'
import { REPORT_KEY, SecretError, within } from '@rekey/secret'
import { limitedText } from './limited-text.ts'
import type { StepContext } from './rotation-kind.ts'

/** One running process of a service. */
export interface Replica {
  readonly service: string
  /** Where it serves its callers: `http://127.0.0.1:8081`. */
  readonly url: string
  /** Its internal listener. */
  readonly healthUrl: string
}

/** Every replica of every service, as it is now. */
export type Fleet = readonly Replica[]

/** Where replicas come and go they are listed anew for each look; rejects with `unreachable` if they cannot be listed. */
export type FleetSource = Fleet | (() => Promise<Fleet>)

/** What one replica answered; nothing if it is down, slow, or knows no such secret. */
export interface Answer {
  readonly replica: Replica
  readonly said: Acknowledgement | undefined
  /** Why it said nothing, if it answered. */
  readonly problem?: string
}

/** What one replica said of one secret. */
export interface Acknowledgement extends SecretHealth {
  readonly replica: string
}

/** How a kind listens to the fleet, and for how long. */
export interface Patience {
  readonly fleet: Fleet
  /** The secret's name in the store. */
  readonly secret: string
  readonly deadlineMs: number
  readonly pollMs: number
  /** How replicas are asked; of the shape of the global one. */
  readonly fetch: typeof fetch
}

/** The waits of a step one after the other: replicas, sessions, stragglers; and a minute for the calls in between. */
const WAITS_OF_A_STEP = 3
const CALLS_OF_A_STEP_MS = 60_000

/** How long a step may take whose waits have this deadline. `beside` is what it waits for beside replicas and sessions. */
export function longestStep(deadlineMs: number, besideMs = 0): number {
  return WAITS_OF_A_STEP * deadlineMs + besideMs + CALLS_OF_A_STEP_MS
}

/** Nobody is waited for longer than this once a secret has leaked. */
export const EMERGENCY_DEADLINE_MS = 5_000

/** A condition on what every replica of a service says of a secret. */
export interface FleetCondition extends Omit<Patience, 'fleet'> {
  readonly fleet: FleetSource
  readonly service: string
  /** In words, for the one who waits: "accepts the new key". */
  readonly what: string
  /** Whether this replica is there already. */
  readonly met: (acknowledgement: Acknowledgement) => boolean
}

/**
 * Waits until every replica of a service meets the condition. One that does not answer counts as not there. Once the secret has
 * leaked, those who are late are named and left behind.
 *
 * @throws {SecretError} `unreachable` naming the laggards when the deadline passes
 */
export async function waitForFleet(condition: FleetCondition, context: StepContext): Promise<void> {
  const { what, deadlineMs, pollMs, met } = condition
  const { clock, signal, compromised } = context
  const patienceMs = compromised ? Math.min(deadlineMs, EMERGENCY_DEADLINE_MS) : deadlineMs
  const deadline = clock.elapsed() + patienceMs
  for (;;) {
    const answers = await acknowledgements(condition, signal)
    const late = answers.filter(({ said }) => said === undefined || !met(said))
    if (late.length === 0) return
    if (clock.elapsed() >= deadline) {
      const laggards = late.map(({ replica: { healthUrl }, problem }) => {
        return problem === undefined ? healthUrl : `${healthUrl} (${problem})`
      })
      if (!compromised)
        throw new SecretError('unreachable', `not yet so that it ${what}: ${laggards.join(', ')}`)
      context.waiting(`went on without ${laggards.join(', ')}`)
      return
    }
    context.waiting(`${answers.length - late.length}/${answers.length} replicas: ${what}`)
    await clock.sleep(pollMs, signal, { keepAlive: true })
  }
}

/**
 * What every replica of a service says of a secret now.
 *
 * @throws {SecretError} `missing` if the fleet has no such service
 */
export async function acknowledgements(
  { fleet, service, secret, fetch }: Pick<FleetCondition, 'fleet' | 'service' | 'secret' | 'fetch'>,
  signal: AbortSignal,
): Promise<Answer[]> {
  const listed = typeof fleet === 'function' ? await fleet() : fleet
  const replicas = listed.filter((replica) => replica.service === service)
  if (replicas.length === 0) {
    throw new SecretError('missing', `no replica of ${service} is known: check the fleet`)
  }
  const reports = await Promise.all(
    replicas.map(async (replica) => ({
      replica,
      report: await readReport(replica, fetch, signal),
    })),
  )
  return reports.map(({ replica, report }) => {
    const problem = problemOf({ replica, report }, reports)
    if (problem !== undefined || typeof report !== 'object') {
      return { replica, said: undefined, ...(problem !== undefined && { problem }) }
    }
    const said = report.secrets.find(({ name }) => name === secret)
    return { replica, said: said && { ...said, replica: report.replica } }
  })
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

/** The version in a stage, as a replica reported it. */
export function versionIn(said: SecretHealth, stage: string): VersionHealth | undefined {
  return said.versions.find((version) => version.stage === stage)
}

const REPORT_TIMEOUT_MS = 2_000

/** The report, or why it is withheld. Nothing if the replica is down, slow or not understood. */
async function readReport(
  { healthUrl }: Replica,
  fetch: Patience['fetch'],
  signal: AbortSignal,
): Promise<HealthReport | string | undefined> {
  const limit = { what: `the report of ${healthUrl}`, limitMs: REPORT_TIMEOUT_MS, signal }
  try {
    return await within(limit, async (limited) => {
      const response = await fetch(new URL('/health/secrets', healthUrl), { signal: limited })
      if (response.status === 401) {
        return `refuses its report: set ${REPORT_KEY} to the same key at both ends, and check their clocks`
      }
      if (response.status === 421) return 'knows no such host: add its name to HEALTH_HOSTS'
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
  const { versions, usage } = secret ?? {}
  const isCounted = Array.isArray(usage?.versions) && typeof usage.holding === 'object'
  return typeof secret?.name === 'string' && Array.isArray(versions) && isCounted
}

/** How many replicas of a service answer, in words: `2 of 2 replicas answer`. */
export async function rollCall(
  fleetOf: Pick<FleetCondition, 'fleet' | 'service' | 'secret' | 'fetch'>,
  signal: AbortSignal,
): Promise<string> {
  const answers = await acknowledgements(fleetOf, signal)
  const present = answers.filter(({ said }) => said !== undefined).length
  return `${present} of ${answers.length} replicas of ${fleetOf.service} answer`
}
