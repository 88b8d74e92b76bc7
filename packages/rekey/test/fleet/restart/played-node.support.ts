import { setTimeout as delay } from 'node:timers/promises'
import type { Kubernetes } from '@rekey/testbed'

/** What runs in a pod: it is ready once it is there. */
export type StartProcess = (pod: string) => Promise<AsyncDisposable>

/** A node whose scheduler and kubelet the test plays: the API server and its controllers are the real ones. */
export interface PlayedNode extends AsyncDisposable {
  /** The pods whose processes run. */
  readonly running: ReadonlyMap<string, AsyncDisposable>
  /** From now on, pods that are to end stay: their node is cut off. */
  cutOff(): void
  /** From now on, processes do not start. */
  refuse(isRefusing: boolean): void
}

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
  readonly spec: { readonly nodeName?: string }
}

const NODE = 'node-1'
const READY = { type: 'Ready', status: 'True' }

/** Binds the pods of a namespace, starts a process for each, and ends it when its pod is to end. */
export async function openPlayedNode(
  kubernetes: Kubernetes,
  namespace: string,
  start: StartProcess,
): Promise<PlayedNode> {
  const pods = `/api/v1/namespaces/${namespace}/pods`
  const running = new Map<string, AsyncDisposable>()
  const stop = new AbortController()
  let [isCutOff, isRefusing] = [false, false]
  await kubernetes.request({ path: '/api/v1/nodes', body: { metadata: { name: NODE } } })
  const patch = { method: 'PATCH', contentType: 'application/merge-patch+json' }
  // The API server taints a new node until a controller that does not run here has seen it ready.
  const untainted = { spec: { taints: null } }
  await kubernetes.request({ path: `/api/v1/nodes/${NODE}`, ...patch, body: untainted })
  await kubernetes.request({
    ...{ path: `/api/v1/nodes/${NODE}/status`, ...patch },
    body: { status: { conditions: [READY] } },
  })

  const end = async (name: string) => {
    if (isCutOff) return
    await running.get(name)?.[Symbol.asyncDispose]()
    running.delete(name)
    const path = `${pods}/${name}?gracePeriodSeconds=0`
    await kubernetes.request({ path, method: 'DELETE' })
  }
  const begin = async (name: string) => {
    if (running.has(name) || isRefusing) return
    running.set(name, await start(name))
    const status = { phase: 'Running', conditions: [READY] }
    await kubernetes.request({ path: `${pods}/${name}/status`, ...patch, body: { status } })
  }
  const see = async ({ metadata: { name, deletionTimestamp }, spec: { nodeName } }: Pod) => {
    if (deletionTimestamp !== undefined) return end(name)
    if (nodeName !== undefined) return begin(name)
    const body = { metadata: { name }, target: { kind: 'Node', name: NODE } }
    await kubernetes.request({ path: `${pods}/${name}/binding`, body })
  }
  const loop = (async () => {
    while (!stop.signal.aborted) {
      const { body } = await kubernetes.request({ path: pods })
      for (const pod of (body as { items?: Pod[] }).items ?? []) await see(pod)
      await delay(50)
    }
  })()
  return {
    running,
    cutOff: () => {
      isCutOff = true
    },
    refuse: (refusing) => {
      isRefusing = refusing
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await loop
      for (const one of running.values()) await one[Symbol.asyncDispose]()
    },
  }
}
