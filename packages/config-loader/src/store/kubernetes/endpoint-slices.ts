import { DiscoveryV1Api, type V1EndpointSlice } from '@kubernetes/client-node'
import { callApi } from './call-api.ts'
import { createConnect, type KubernetesAccess } from './kubernetes-access.ts'
import { notUnderstood } from './kubernetes-failure.ts'

/** The EndpointSlices of one Service, and how they are read. */
export interface EndpointSlicesOptions {
  /** See `findKubernetesAccess`. */
  readonly access: KubernetesAccess
  /** The namespace of the Service. */
  readonly namespace: string
  /** The name of the Service. */
  readonly name: string
  /** How long one answer may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined
}

/** One endpoint in a slice. */
export interface SliceEndpoint {
  /** An IP address, or a host name where the slice has those. */
  readonly address: string
  /** The ports of the slice by their names; a port without a name has the empty one. */
  readonly ports: ReadonlyMap<string, number>
  /** The UID of the pod, if it is one. */
  readonly podUid: string | undefined
  /** Whether the endpoint is shutting down and serves no more requests. */
  readonly isGone: boolean
}

/** The label that names the Service of a slice (Kubernetes documentation, "EndpointSlices: Ownership"). */
const SERVICE_LABEL = 'kubernetes.io/service-name'
/** A slice has up to 1,000 endpoints, 350 KB: so many fit below the limit of an answer. */
const SLICES_OF_A_PAGE = 10

/**
 * Creates the function that lists the endpoints of a Service as its slices have them now: several times, where they are in several
 * slices. None if the Service has no slice, or does not exist.
 *
 * @throws {SecretError} from the function: as the reads of `openKubernetesStore`; `refused` for a server without TLS, also at once
 *
 * @example
 * ```ts
 * const access = findKubernetesAccess(process.env)
 * const listEndpoints = createEndpointSlices({ access, namespace: 'vpn', name: 'signing' })
 * ```
 */
export function createEndpointSlices(
  options: EndpointSlicesOptions,
): (signal?: AbortSignal) => Promise<readonly SliceEndpoint[]> {
  const { access, namespace, name, timeoutMs = 10_000 } = options
  const connect = createConnect(access)
  const action = `list the EndpointSlices of ${namespace}/${name}`
  const query = { namespace, labelSelector: `${SERVICE_LABEL}=${name}`, limit: SLICES_OF_A_PAGE }
  return async (signal) => {
    const slices: V1EndpointSlice[] = []
    let page: string | undefined
    do {
      const send = (api: DiscoveryV1Api) =>
        api.listNamespacedEndpointSlice({ ...query, ...(page && { _continue: page }) })
      const call = { api: DiscoveryV1Api, action, send, signal }
      const { items, metadata } = await callApi(call, { connect, timeoutMs })
      // The client takes any JSON for a list; but one without a version is no list of an API server, empty or not.
      if (!Array.isArray(items) || metadata?.resourceVersion === undefined) {
        throw notUnderstood(action)
      }
      slices.push(...items)
      page = metadata._continue
    } while (page)
    return slices.flatMap(endpointsOf)
  }
}

function endpointsOf({ endpoints, ports }: V1EndpointSlice): SliceEndpoint[] {
  const named = new Map(
    (ports ?? []).flatMap(({ name, port }) =>
      port === undefined ? [] : [[name ?? '', port] as const],
    ),
  )
  // Absent from an answer if the slice is empty, whatever the type of the client promises.
  return ((endpoints as typeof endpoints | null) ?? []).flatMap(
    ({ addresses: [address], conditions, targetRef }) => {
      if (address === undefined) return []
      const isServing = conditions?.serving ?? conditions?.ready ?? true
      return [
        {
          address,
          ports: named,
          podUid: targetRef?.kind === 'Pod' ? targetRef.uid : undefined,
          // A condition that is absent is unknown: `serving` is then `ready`, and that is true (API reference, EndpointConditions).
          isGone: conditions?.terminating === true && !isServing,
        },
      ]
    },
  )
}
