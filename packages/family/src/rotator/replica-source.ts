import {
  createDnsSource,
  createFileSource,
  discoverReplicas,
  type ReplicaSource,
} from '@rekey/rotation/discovery'
import type { Deployment } from '../deployment.ts'

type FleetEntry = Deployment['fleet'][number]

/** Returns the source of all replicas that the entries of a family's `fleet` name or find. */
export function replicaSource(fleet: readonly FleetEntry[]): ReplicaSource {
  return discoverReplicas(fleet.map(sourceOf))
}

function sourceOf(entry: FleetEntry): ReplicaSource {
  if ('file' in entry) return createFileSource(entry)
  if ('dns' in entry) return createDnsSource(entry)
  return (service) => Promise.resolve(service === entry.service ? [entry] : [])
}
