import type { HealthReport } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'
import { type Answer, type Fleet, identityOf, type Replica } from '@rekey/secret/internal/kind'
import type { ReplicaSource } from './discovery/replica-source.ts'
import { readReport, type ReportReading } from './read-report.ts'
import type { FetchReport } from './report-fetch.ts'
import { RequestPlaces } from './request-places.ts'
import { SharedSignal } from '../engine/shared-signal.ts'

/** How replicas are found and asked. */
export interface FleetOptions {
  /** How reports are fetched, see `createReportFetch` and `signedReports`. Default: the global `fetch`. */
  readonly fetch?: FetchReport
}

/** How many replicas are asked at once, for all secrets together. */
const PLACES = 256

/**
 * Creates the fleet that a rotation asks for acknowledgements, from a list of replicas, or from a source that lists them anew for
 * each look where they come and go, see `@rekey/rekey/internal/discovery`. It asks 256 replicas at once, beside those that wait with their
 * answer until they are as awaited; the time that a replica has for its answer, 2 seconds, begins when it is asked.
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
  const places = new RequestPlaces(PLACES)
  const replicasOf = async (service: string, signal?: AbortSignal) => {
    const listed = typeof replicas === 'function' ? await replicas(service, signal) : replicas
    const found = listed.filter((replica) => replica.service === service)
    if (found.length > 0) return found
    throw noneOf(service, typeof replicas === 'function')
  }
  return {
    replicas: (service) => replicasOf(service),
    async acknowledgements({ service, known = new Map<string, Answer>(), ...question }, signal) {
      const listed = await replicasOf(service, signal)
      const shared = new SharedSignal(signal)
      const looks = await Promise.all(
        listed.map(async (replica): Promise<Look> => {
          const answer = known.get(identityOf(replica))
          if (answer !== undefined) return { replica, answer }
          const reading = await places.run((onParked) =>
            readReport(replica, { fetch, question, signal: shared.next(), onParked }),
          )
          return { replica, ...reading }
        }),
      )
      shared.end()
      const processes = addressesByProcess(looks)
      return looks.map((look): Answer => {
        const { replica, report, answer, absence } = look
        const problem = problemOf(look, processes)
        if (problem !== undefined) return { replica, ack: undefined, problem }
        if (report !== undefined) {
          return { replica, ...acknowledgementIn(report, question.secret) }
        }
        return answer ?? { replica, ack: undefined, ...(absence !== undefined && { absence }) }
      })
    },
  }
}

/** The error where none is listed: a source may list none for a moment, as while all of them are replaced. */
function noneOf(service: string, isSource: boolean): SecretError {
  const code = isSource ? 'unreachable' : 'missing'
  return new SecretError(code, `no replica of ${service} is known: check the fleet`)
}

/** A replica with the report that it gave, or the answer that was known. */
interface Look extends ReportReading {
  readonly replica: Replica
  readonly answer?: Answer | undefined
}

function acknowledgementIn(
  { replica, release, secrets }: HealthReport,
  secret: string,
): Pick<Answer, 'ack' | 'problem'> {
  const health = secrets.find(({ name }) => name === secret)
  if (health !== undefined)
    return { ack: { ...health, replica, ...(release !== undefined && { release }) } }
  return { ack: undefined, problem: `reports nothing of ${secret}: run the release that uses it` }
}

function processOf({ report, answer }: Look): string | undefined {
  return report === undefined ? answer?.ack?.replica : report.replica
}

function addressesByProcess(looks: readonly Look[]): ReadonlyMap<string, ReadonlySet<string>> {
  const addresses = new Map<string, Set<string>>()
  for (const look of looks) {
    const process = processOf(look)
    if (process === undefined) continue
    addresses.set(process, (addresses.get(process) ?? new Set()).add(look.replica.healthUrl))
  }
  return addresses
}

/**
 * Why what was answered does not speak for this replica. A report speaks for one process: what passes requests on could have
 * another replica answer for one that is not there yet.
 */
function problemOf(
  look: Look,
  processes: ReadonlyMap<string, ReadonlySet<string>>,
): string | undefined {
  const { replica, report, problem } = look
  const { healthUrl, service } = replica
  if (problem !== undefined) return problem
  if (report !== undefined && report.service !== service) {
    return `is a replica of ${report.service}`
  }
  const double = [...(processes.get(processOf(look) ?? '') ?? [])].find((url) => url !== healthUrl)
  if (double === undefined) return undefined
  return `gives the report of the process at ${double} too: list each replica once, and look for what passes requests on`
}
