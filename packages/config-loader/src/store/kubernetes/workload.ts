import {
  AppsV1Api,
  CoreV1Api,
  type V1DaemonSet,
  type V1Deployment,
  V1LabelSelector,
  type V1Pod,
  type V1StatefulSet,
} from '@kubernetes/client-node'
import { SecretError } from '@rekey/secret'
import { callApi } from './call-api.ts'
import { createConnect, type KubernetesAccess } from './kubernetes-access.ts'
import { notUnderstood } from './kubernetes-failure.ts'

/** The kinds of workload whose pods Kubernetes replaces when their template changes. */
export const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet'] as const

/** One workload, and how it is called. */
export interface WorkloadOptions {
  /** See `findKubernetesAccess`. */
  readonly access: KubernetesAccess
  readonly kind: (typeof WORKLOAD_KINDS)[number]
  readonly namespace: string
  readonly name: string
  /** How long one answer may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined
}

/** One pod that has not ended. */
export interface WorkloadPod {
  readonly name: string
  readonly uid: string
  /** The annotations that its template had when it was made. */
  readonly annotations: Readonly<Record<string, string>>
  readonly isReady: boolean
  /** Whether it was asked to end. It may run for as long as its node is cut off. */
  readonly isEnding: boolean
  /** When it was made, in milliseconds since the epoch. */
  readonly madeAt: number
}

/** A workload at one moment. */
export interface WorkloadState {
  readonly pods: readonly WorkloadPod[]
  /** How many pods there are to be. Absent while its controller has not seen the last change. */
  readonly desired?: number
  /** Why a change of the template would replace no pods now, and what to do. */
  readonly obstacle?: string
  /** The condition by which its controller gave up: `ProgressDeadlineExceeded`. */
  readonly failure?: string
}

/** A workload that can be restarted as `kubectl rollout restart` does it. */
export interface KubernetesWorkload {
  /** @throws {SecretError} as the reads of `openKubernetesStore`; `missing` without the workload */
  look(signal?: AbortSignal): Promise<WorkloadState>
  /**
   * Sets an annotation of the pod template, after which the pods are replaced. Changes nothing where it is set already, so a lost answer
   * restarts nothing twice. A trial changes nothing at all: the API server only judges it.
   *
   * @throws {SecretError} `refused` if pods would not be replaced; `forbidden` without the right; `unreachable`, `missing`
   */
  annotate(annotation: Annotation, signal?: AbortSignal): Promise<void>
}

/** An annotation of a pod template. */
export interface Annotation {
  readonly key: string
  readonly value: string
  readonly isTrial?: boolean | undefined
}

type Found = V1Deployment | V1StatefulSet | V1DaemonSet
interface Named {
  readonly namespace: string
  readonly name: string
}
type Patch = Named & { readonly body: object; readonly dryRun?: string }

const CALLS: Readonly<
  Record<
    WorkloadOptions['kind'],
    {
      read: (api: AppsV1Api, place: Named) => Promise<Found>
      patch: (api: AppsV1Api, patch: Patch) => Promise<Found>
    }
  >
> = {
  Deployment: {
    read: (api, place) => api.readNamespacedDeployment(place),
    patch: (api, patch) => api.patchNamespacedDeployment(patch),
  },
  StatefulSet: {
    read: (api, place) => api.readNamespacedStatefulSet(place),
    patch: (api, patch) => api.patchNamespacedStatefulSet(patch),
  },
  DaemonSet: {
    read: (api, place) => api.readNamespacedDaemonSet(place),
    patch: (api, patch) => api.patchNamespacedDaemonSet(patch),
  },
}

const MERGE_PATCH = 'application/merge-patch+json'
/** The status of a workload changes its version while pods come and go. */
const ATTEMPTS = 10
/** A pod has a few kilobytes: so many fit below the limit of an answer. */
const PODS_OF_A_PAGE = 100

/**
 * Creates the calls that restart one workload and follow its pods.
 *
 * @throws {SecretError} `refused` for a server without TLS
 *
 * @example
 * ```ts
 * const access = findKubernetesAccess(process.env)
 * const workload = createWorkload({ access, kind: 'Deployment', namespace: 'vpn', name: 'shop' })
 * ```
 */
export function createWorkload(options: WorkloadOptions): KubernetesWorkload {
  const { access, kind, namespace, name, timeoutMs = 10_000 } = options
  const calling = { connect: createConnect(access), timeoutMs }
  const { read, patch } = CALLS[kind]
  const place = { namespace, name }
  const find = async (signal?: AbortSignal) => {
    const action = `read the ${kind} ${namespace}/${name}`
    const send = (api: AppsV1Api) => read(api, place)
    const found = await callApi({ api: AppsV1Api, action, send, signal }, calling)
    // The client takes any JSON for an object; but one without a version is of no API server.
    if (found.metadata?.resourceVersion === undefined || !found.spec) throw notUnderstood(action)
    return found
  }
  return {
    async look(signal) {
      const found = await find(signal)
      const selector = selectorOf(found.spec?.selector)
      const pods = await listPods({ namespace, labelSelector: selector }, calling, signal)
      return { pods, ...progressOf(found), ...obstacleTo(found, { kind, ...place }) }
    },
    async annotate({ key, value, isTrial = false }, signal) {
      const action = `restart the ${kind} ${namespace}/${name} (patch its pod template)`
      for (let attempt = 1; ; attempt += 1) {
        const found = await find(signal)
        const { obstacle } = obstacleTo(found, { kind, ...place })
        if (!isTrial && found.spec?.template.metadata?.annotations?.[key] === value) return
        if (obstacle !== undefined) {
          throw new SecretError('refused', `${kind} ${namespace}/${name} ${obstacle}`)
        }
        const template = { metadata: { annotations: { [key]: value } } }
        const metadata = { resourceVersion: found.metadata?.resourceVersion }
        const body = { ...place, body: { metadata, spec: { template } } }
        const send = (api: AppsV1Api) => patch(api, { ...body, ...(isTrial && { dryRun: 'All' }) })
        try {
          const call = { api: AppsV1Api, action, send, signal, contentType: MERGE_PATCH }
          await callApi(call, calling)
          return
        } catch (error) {
          const isChanged = error instanceof SecretError && error.code === 'conflict'
          if (!isChanged || attempt === ATTEMPTS) throw error
        }
      }
    },
  }
}

/** Kubernetes documentation, "Labels and Selectors": set-based requirements. */
function selectorOf(selector: V1LabelSelector | undefined): string {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? new V1LabelSelector()
  const equal = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`)
  const sets = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator.toLowerCase()} (${values.join(',')})`
  })
  return [...equal, ...sets].join(',')
}

async function listPods(
  query: { readonly namespace: string; readonly labelSelector: string },
  calling: Parameters<typeof callApi>[1],
  signal?: AbortSignal,
): Promise<WorkloadPod[]> {
  const action = `list the pods in ${query.namespace}`
  const pods: V1Pod[] = []
  let page: string | undefined
  do {
    const asked = { ...query, limit: PODS_OF_A_PAGE, ...(page && { _continue: page }) }
    const send = (api: CoreV1Api) => api.listNamespacedPod(asked)
    const { items, metadata } = await callApi({ api: CoreV1Api, action, send, signal }, calling)
    if (!Array.isArray(items) || metadata?.resourceVersion === undefined) {
      throw notUnderstood(action)
    }
    pods.push(...items)
    page = metadata._continue
  } while (page)
  return pods.filter(({ status }) => !ENDED.has(status?.phase ?? '')).map(podOf)
}

/** The phases in which no container of a pod runs any more. */
const ENDED: ReadonlySet<string> = new Set(['Succeeded', 'Failed'])

function podOf({ metadata, status }: V1Pod): WorkloadPod {
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    annotations: metadata?.annotations ?? {},
    isReady: (status?.conditions ?? []).some(
      (one) => one.type === 'Ready' && one.status === 'True',
    ),
    isEnding: metadata?.deletionTimestamp !== undefined,
    madeAt: metadata?.creationTimestamp?.getTime() ?? 0,
  }
}

/** Reads the report of its controller, once that has seen the last change. */
function progressOf({ metadata, spec, status }: Found): Pick<WorkloadState, 'desired' | 'failure'> {
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) return {}
  const { replicas = 1 } = spec as { replicas?: number }
  const { desiredNumberScheduled: desired = replicas } = (status ?? {}) as Partial<
    NonNullable<V1DaemonSet['status']>
  >
  const stopped = (status?.conditions ?? []).find(
    ({ type, status: state }) => type === 'Progressing' && state === 'False',
  )
  return { desired, ...(stopped && { failure: stopped.reason ?? stopped.type }) }
}

function obstacleTo(
  { spec }: Found,
  { kind, namespace, name }: Named & Pick<WorkloadOptions, 'kind'>,
): Pick<WorkloadState, 'obstacle'> {
  const { paused, updateStrategy } = spec as {
    paused?: boolean
    updateStrategy?: { type?: string }
  }
  if (paused === true) {
    const resume = `kubectl rollout resume ${kind.toLowerCase()}/${name} -n ${namespace}`
    return { obstacle: `is paused, so no pod would be replaced: ${resume}` }
  }
  if (updateStrategy?.type !== 'OnDelete') return {}
  return { obstacle: 'replaces no pod by itself: set its updateStrategy to RollingUpdate' }
}
