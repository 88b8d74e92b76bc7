import { discoverReplicas } from '../../fleet/discovery/discover-replicas.ts'
import { createDnsSource } from '../../fleet/discovery/dns-source.ts'
import { createFileSource } from '../../fleet/discovery/file-source.ts'
import { createKubernetesSource } from '../../fleet/discovery/kubernetes-source.ts'
import type { ReplicaSource } from '../../fleet/discovery/replica-source.ts'
import type { Deployment } from '../deployment.ts'
import type { Variables } from './open-place.ts'

type FleetEntry = Deployment['fleet'][number]

/**
 * Returns the source of all replicas that the entries of a family's `fleet` name or find.
 *
 * @param env the variables by which the API server of Kubernetes is found
 */
export function replicaSource(fleet: readonly FleetEntry[], env: Variables): ReplicaSource {
  return discoverReplicas(fleet.map((entry) => sourceOf(entry, env)))
}

function sourceOf(entry: FleetEntry, env: Variables): ReplicaSource {
  // Its replicas are found where they post their reports.
  if ('board' in entry) return () => Promise.resolve([])
  if ('file' in entry) return createFileSource(entry)
  if ('dns' in entry) return createDnsSource(entry)
  if ('kubernetes' in entry) return createKubernetesSource({ ...entry, ...entry.kubernetes, env })
  return (service) => Promise.resolve(service === entry.service ? [entry] : [])
}
