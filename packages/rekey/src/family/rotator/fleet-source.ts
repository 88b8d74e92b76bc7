import { discoverReplicas } from '../../fleet/discovery/discover-replicas.ts'
import type { ReplicaSource } from '../../fleet/discovery/replica-source.ts'
import type { Deployment } from '../deployment.ts'
import type { Variables } from './open-place.ts'

type FleetEntry = Deployment['fleet'][number]

/**
 * Returns the source of all replicas that the entries of a family's `fleet` name or find.
 *
 * @param env the variables by which the API server of Kubernetes is found
 */
export async function replicaSource(
  fleet: readonly FleetEntry[],
  env: Variables,
): Promise<ReplicaSource> {
  return discoverReplicas(await Promise.all(fleet.map((entry) => sourceOf(entry, env))))
}

async function sourceOf(entry: FleetEntry, env: Variables): Promise<ReplicaSource> {
  // Its replicas are found where they post their reports.
  if ('board' in entry) return () => Promise.resolve([])
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
