import { readReportKeys } from '@rekey/config-loader/internal/store'
import type { DisposalStack, SecretStore } from '@rekey/secret'
import type { Fleet } from '@rekey/secret/internal/kind'
import type { SqlPool } from '@rekey/secret/kind'
import { createFleet } from '../../fleet/fleet.ts'
import { createReportFetch, type FetchReport } from '../../fleet/report-fetch.ts'
import { signedReports } from '../../fleet/signed-reports.ts'
import type { ReportBoard } from '../../fleet/board/report-board.ts'
import { discoverReplicas } from '../../fleet/discovery/discover-replicas.ts'
import { withWorkloads, type Workloads } from '../../fleet/restart/restarted-fleet.ts'
import type { Workload } from '../../fleet/restart/workload.ts'
import type { Deployment } from '../deployment.ts'
import { boardsOf } from '../family-secrets.ts'
import { reportTls } from './rotator-tls.ts'
import { type Variables, variablesAt } from './open-store-of.ts'
import type { ReplicaSource } from '../../fleet/discovery/replica-source.ts'

type FleetEntry = Deployment['fleet'][number]

/** Where the fleet of a family is, and how it is asked. */
interface FleetParts {
  readonly family: Deployment
  readonly store: Pick<SecretStore, 'read'>
  readonly env: Variables
  /** The rotator's own connections to a server. */
  readonly databaseAt: (server: string) => SqlPool
  /** Called with the clock of a replica, as the `Date` of its answer has it (RFC 9110, section 6.6.1). */
  readonly onDate?: (replica: URL, date: Date) => void
}

/**
 * Opens the fleet of a family: replicas that are asked, with signed reports if there is a key for them, and those that post their reports
 * on the board of a server. An https address of health is called as `reports` of the family states.
 *
 * @throws {SecretError} as `readReportKeys` and `openReportBoard`
 */
export async function openFleet(
  { family, store, env, databaseAt, onDate }: FleetParts,
  own: DisposalStack,
): Promise<Fleet> {
  const [key] = await readReportKeys(env)
  const asked = await replicaSource(family.fleet, await variablesAt(family.store, env))
  const boards: ReportBoard[] = []
  for (const [server, reporters] of boardsOf(family)) {
    const { openReportBoard } = await import('../../fleet/board/report-board.ts')
    boards.push(await openReportBoard(databaseAt(server), { reporters }))
  }
  const reports = own.use(
    createReportFetch({ tls: reportTls(family, store) }),
    'connections to replicas',
  )
  const plain = onDate ? withDates(reports.fetch, onDate) : reports.fetch
  const fetch = key ? signedReports(key, plain) : plain
  const reporting = createFleet(discoverReplicas([asked, ...boards.map(({ source }) => source)]), {
    fetch: boards.reduce((rest, board) => board.fetchWith(rest), fetch),
  })
  return withWorkloads(reporting, await openWorkloads(family, env))
}

/** Opens the workloads of a family that are restarted, by service. Contacts nothing. */
export async function openWorkloads(family: Deployment, env: Variables): Promise<Workloads> {
  const workloads = new Map<string, Workload[]>()
  for (const entry of family.fleet) {
    if (!('restart' in entry)) continue
    const opened = await openWorkload(entry, await variablesAt(family.store, env))
    workloads.set(entry.service, [...(workloads.get(entry.service) ?? []), opened])
  }
  return workloads
}

async function openWorkload(
  { service, restart }: Extract<FleetEntry, { restart: unknown }>,
  env: Variables,
): Promise<Workload> {
  if ('systemd' in restart) {
    const { createSystemdUnit } = await import('../../fleet/restart/systemd-unit.ts')
    return createSystemdUnit(restart.systemd)
  }
  if ('ecs' in restart) {
    const { openEcsService } = await import('../../fleet/restart/ecs-service.ts')
    const { service: ecsService = service, ...place } = restart.ecs
    return openEcsService({ ...place, service: ecsService }, env)
  }
  const { openKubernetesWorkload } = await import('../../fleet/restart/kubernetes-workload.ts')
  const { name = service, ...place } = restart.kubernetes
  return openKubernetesWorkload({ ...place, name }, env)
}

function withDates(fetch: FetchReport, onDate: NonNullable<FleetParts['onDate']>): FetchReport {
  return async (url, init) => {
    const response = await fetch(url, init)
    const date = new Date(response.headers.get('date') ?? '')
    if (!Number.isNaN(date.getTime())) onDate(new URL(url), date)
    return response
  }
}

/**
 * Returns the source of all replicas that the entries of a family's `fleet` name or find.
 *
 * @param env the variables by which the API server of Kubernetes is found
 */
async function replicaSource(fleet: readonly FleetEntry[], env: Variables): Promise<ReplicaSource> {
  return discoverReplicas(await Promise.all(fleet.map((entry) => sourceOf(entry, env))))
}

async function sourceOf(entry: FleetEntry, env: Variables): Promise<ReplicaSource> {
  // Its replicas are found where they post their reports, or by what runs them.
  if ('board' in entry || 'restart' in entry) return () => Promise.resolve([])
  if ('file' in entry) {
    return (await import('../../fleet/discovery/file-source.ts')).createFileSource(entry)
  }
  if ('dns' in entry) {
    return (await import('../../fleet/discovery/dns-source.ts')).createDnsSource(entry)
  }
  if ('kubernetes' in entry) {
    const { createKubernetesSource } = await import('../../fleet/discovery/kubernetes-source.ts')
    return createKubernetesSource({ ...entry, ...entry.kubernetes, env })
  }
  return (service) => Promise.resolve(service === entry.service ? [entry] : [])
}
