import type { SliceEndpoint } from '@rekey/config-loader/internal/kubernetes'
import { replicaAt, type ReplicaAddresses, type ReplicaSource } from './replica-source.ts'

/** Replicas that are the pods of a Service. */
export interface KubernetesSourceOptions extends ReplicaAddresses {
  /** The namespace of the Service. */
  readonly namespace: string
  /** The name of the Service. Default: `service`. */
  readonly name?: string | undefined
  /** The service whose replicas they are. */
  readonly service: string
  /** The variables by which the API server is found, see `findKubernetesAccess`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** How long one answer of the API server may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined
}

type ListEndpoints = (signal?: AbortSignal) => Promise<readonly SliceEndpoint[]>

/**
 * Creates a source that lists the EndpointSlices of a Service anew for each look, as Prometheus' `kubernetes_sd_configs` do. A pod is one replica for as long as it
 * lives, whatever its address and in however many slices it is: its UID is the replica's id. A pod that is not ready is a replica; one that
 * shuts down and serves no more is not. Ports stand in {@link ReplicaAddresses} by their names, and as `{port}` if there is one.
 *
 * @throws {SecretError} from the source: as the reads of `openKubernetesStore`, `missing` where no API server is known
 * @see https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
 *
 * @example
 * ```ts
 * const place = { namespace: 'vpn', service: 'signing', env: process.env }
 * const source = createKubernetesSource({ ...place, url: 'https://{host}:{https}', healthUrl: 'http://{host}:{health}' })
 * ```
 */
export function createKubernetesSource(options: KubernetesSourceOptions): ReplicaSource {
  const { namespace, service: own, name = own, env, timeoutMs } = options
  let opened: ListEndpoints | undefined
  const open = async (): Promise<ListEndpoints> => {
    // The client is an optional peer dependency: it is loaded where it is used.
    const { createEndpointSlices, findKubernetesAccess } =
      await import('@rekey/config-loader/internal/kubernetes')
    return createEndpointSlices({ access: findKubernetesAccess(env), namespace, name, timeoutMs })
  }
  return async (service, signal) => {
    if (service !== own) return []
    signal?.throwIfAborted()
    opened ??= await open()
    const present = (await opened(signal)).filter(({ isGone }) => !isGone)
    const byIdentity = new Map(present.map((one) => [one.podUid ?? one.address, one]))
    return [...byIdentity.values()].map(({ address, ports, podUid }) => {
      const [port, ...others] = ports.values()
      const target = { host: address, port: others.length > 0 ? undefined : port, id: podUid }
      const where = `${address} of the Service ${namespace}/${name}`
      return replicaAt(own, { ...target, values: Object.fromEntries(ports) }, options, where)
    })
  }
}
