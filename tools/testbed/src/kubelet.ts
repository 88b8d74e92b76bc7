import { setTimeout as delay } from 'node:timers/promises'
import { type KubeletVolume, openKubeletVolume } from './kubelet-volume.ts'
import type { Kubernetes } from './kubernetes.ts'

/** Options of a kubelet. */
export interface KubeletOptions {
  readonly kubernetes: Kubernetes
  readonly namespace: string
  /** Of an account that may list the Secret objects of the namespace. */
  readonly token: string
  /** The program that fills volumes. */
  readonly writer: string
}

/** A volume to keep filled. */
interface MountRequest {
  readonly directory: string
  /** The Secret objects whose keys are its files. */
  readonly objects: readonly string[]
}

/** Keeps volumes filled with what Secret objects hold. */
export interface Kubelet extends AsyncDisposable {
  /** Resolves when the volume is there, with what the objects hold then. */
  mount(request: MountRequest): Promise<void>
}

/** A real one looks every minute, and is notified of changes in between. */
const SYNC_MS = 500

/**
 * Does for one namespace what a node's kubelet does: it reads Secret objects from the API server and projects several of them into
 * one volume, with the kubelet's own writer. While the API server does not answer, volumes stay as they are.
 */
export function createKubelet(options: KubeletOptions): Kubelet {
  const volumes = new Map<KubeletVolume, readonly string[]>()
  const stop = new AbortController()
  const sync = async () => {
    const objects = await readObjects(options)
    if (objects === undefined) return
    for (const [volume, names] of volumes) await volume.write(filesOf(names, objects))
  }
  const running = keepSynced(sync, stop.signal)
  return {
    async mount({ directory, objects }) {
      const volume = await openKubeletVolume({ program: options.writer, directory })
      volumes.set(volume, objects)
      await sync()
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
      for (const volume of volumes.keys()) await volume.close()
    },
  }
}

async function keepSynced(sync: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sync()
    await delay(SYNC_MS)
  }
}

type Objects = ReadonlyMap<string, Readonly<Record<string, string>>>

/** The data of every Secret object by its name, or nothing if the API server does not give it now. */
async function readObjects(options: KubeletOptions): Promise<Objects | undefined> {
  const { kubernetes, namespace, token } = options
  const path = `/api/v1/namespaces/${namespace}/secrets`
  const answer = await kubernetes.request({ path, token }).catch(() => undefined)
  if (answer?.status !== 200) return undefined
  const { items } = answer.body as {
    items: { metadata: { name: string }; data?: Record<string, string> }[]
  }
  return new Map(items.map(({ metadata, data = {} }) => [metadata.name, data]))
}

function filesOf(names: readonly string[], objects: Objects): Record<string, Buffer> {
  const entries = names.flatMap((name) => Object.entries(objects.get(name) ?? {}))
  return Object.fromEntries(entries.map(([key, data]) => [key, Buffer.from(data, 'base64')]))
}
