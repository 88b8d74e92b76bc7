import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DisposalStack } from '@rekey/secret'
import { createKubelet, type Kubernetes } from '@rekey/testbed'
import { type Desk, startService } from './type-page.ts'

/** The part of a pod's template that a node reads. */
interface PodSpec {
  readonly serviceAccountName?: string
  readonly volumes: readonly Volume[]
  readonly containers: readonly [
    {
      readonly image: string
      readonly env?: readonly { readonly name: string; readonly value: string }[]
      readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
    },
  ]
}

interface Volume {
  readonly name: string
  readonly secret?: { readonly secretName: string }
  readonly configMap?: {
    readonly name: string
    readonly items: readonly { readonly key: string; readonly path: string }[]
  }
  readonly projected?: {
    readonly sources: readonly { readonly secret: { readonly name: string } }[]
  }
}

interface Workload {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly template: { readonly spec: PodSpec } }
}

/** A container of an image: its command, and the variables that differ here, where all pods share one loopback. */
interface Image {
  readonly command: string
  readonly env: Readonly<Record<string, string>>
}

/** Options of {@link createClusterNodes}. */
export interface ClusterNodesOptions {
  readonly kubernetes: Kubernetes
  /** The executable of the kubelet's volume writer. */
  readonly writer: string
  readonly namespace: string
  readonly desk: Desk
  readonly images: ReadonlyMap<string, Image>
}

/** Stands for the nodes of a cluster that has a control plane alone. */
export interface ClusterNodes extends AsyncDisposable {
  /** Does what nodes do for a command, and gives the command to run in its place. */
  readonly act: (command: string) => Promise<string>
}

/** Runs the pods of a namespace as processes: their files from its Secrets and ConfigMaps, their token that of their account. */
export async function createClusterNodes(options: ClusterNodesOptions): Promise<ClusterNodes> {
  const { kubernetes, namespace, writer, desk, images } = options
  const own = new DisposalStack()
  const account = { namespace, name: 'kubelet' }
  await kubernetes.createServiceAccount(account)
  await kubernetes.grant(account, [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }])
  const token = await kubernetes.issueToken(account)
  const kubelet = own.use(createKubelet({ kubernetes, namespace, token, writer }), 'kubelet')

  const read = async <T>(group: string, path: string): Promise<T> => {
    const { status, body } = await kubernetes.request({
      path: `${group}/namespaces/${namespace}/${path}`,
    })
    if (status === 200) return body as T
    throw new Error(`the API server answered ${String(status)} to ${path}`)
  }

  /** Mounts the volumes of a pod, and gives what puts their folders in place of their paths. */
  async function mount(pod: string, { volumes, containers }: PodSpec) {
    const folder = (volume: string) => join(desk.folder.path, 'pods', pod, volume)
    const here = (text: string) =>
      containers[0].volumeMounts.reduce(
        (all, { name, mountPath }) => all.replaceAll(mountPath, folder(name)),
        text,
      )
    for (const { name, secret, configMap, projected } of volumes) {
      const directory = folder(name)
      await mkdir(directory, { recursive: true })
      const objects = projected?.sources.map((source) => source.secret.name) ?? []
      if (secret !== undefined) objects.push(secret.secretName)
      if (objects.length > 0) await kubelet.mount({ directory, objects })
      if (configMap === undefined) continue
      const path = `configmaps/${configMap.name}`
      const { data } = await read<{ data: Record<string, string> }>('/api/v1', path)
      for (const item of configMap.items) {
        const file = join(directory, item.path)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, here(data[item.key] ?? ''))
      }
    }
    return here
  }

  async function environmentOf(pod: string, spec: PodSpec) {
    const here = await mount(pod, spec)
    const { image, env = [] } = spec.containers[0]
    const own = Object.fromEntries(env.map(({ name, value }) => [name, here(value)]))
    return { here, image: images.get(image), env: own }
  }

  async function startStatefulSets(): Promise<void> {
    const { items } = await read<{ items: Workload[] }>('/apis/apps/v1', 'statefulsets')
    for (const { metadata, spec } of items) {
      const { image, env } = await environmentOf(metadata.name, spec.template.spec)
      if (image === undefined) throw new Error(`no image is here for ${metadata.name}`)
      const inPod = { ...desk, env: { ...desk.env, ...env, ...image.env } }
      const url = `http://127.0.0.1:${String(image.env['HEALTH_PORT'])}/health/ready`
      own.use(await startService(`exec ${image.command}`, url, inPod), metadata.name)
    }
  }

  /** The command in the pod of a Job, with the token of its account. */
  async function inJob(job: string, command: string): Promise<string> {
    const { spec } = await read<Workload>('/apis/batch/v1', `jobs/${job}`)
    const pod = spec.template.spec
    const { here, env } = await environmentOf(job, pod)
    const name = pod.serviceAccountName ?? 'default'
    const asAccount = await kubernetes.writeKubeconfig(
      await kubernetes.issueToken({ namespace, name }),
    )
    const variables = Object.entries({ ...env, KUBECONFIG: asAccount })
    return `env ${variables.map(([key, value]) => `${key}='${value}'`).join(' ')} npx ${here(command)}`
  }

  async function typed(line: string): Promise<string> {
    if (line.startsWith('kubectl rollout status ')) await startStatefulSets()
    const [, job, command = ''] = /^kubectl exec job\/(\S+) -- (.*)$/.exec(line) ?? []
    return job === undefined ? 'true' : inJob(job, command)
  }

  return {
    async act(command) {
      const lines: string[] = []
      for (const line of command.trim().split('\n')) lines.push(await typed(line))
      return lines.join('\n')
    },
    [Symbol.asyncDispose]: () => own.dispose(),
  }
}
