import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guardHome, type GuardedHome } from './guarded-process.ts'
import { type JsonAnswer, requestJson } from './https-json.ts'
import { createKubernetesAdmin, type KubernetesAdmin } from './kubernetes-admin.ts'
import {
  type ControlPlane,
  type KubernetesPrograms,
  startControlPlane,
} from './kubernetes-servers.ts'

/** Options of a control plane. */
export interface KubernetesOptions {
  readonly programs: KubernetesPrograms
  /** Default: 120 seconds; it needs 3 to 6 on an idle machine. */
  readonly startupTimeoutMs?: number
}

/** A request to the API server. */
interface KubernetesRequest {
  /** `/api/v1/namespaces/default/secrets` */
  readonly path: string
  readonly method?: string
  readonly body?: unknown
  readonly contentType?: string
  /** Default: the administrator's. */
  readonly token?: string
}

/** A Kubernetes API server of our own, over an etcd of its own. No kubelet: nothing runs in it. */
export interface Kubernetes extends KubernetesAdmin, AsyncDisposable {
  /** `https://127.0.0.1:PORT`, the same after {@link start}. */
  readonly url: string
  /** The certificate (PEM) that signed the server's own. */
  readonly caCert: string
  /** A file that holds {@link caCert}. */
  readonly caFile: string
  /** Of a member of `system:masters`. */
  readonly adminToken: string
  /** Any status is an answer. */
  request(request: KubernetesRequest): Promise<JsonAnswer>
  /** Writes a kubeconfig for that token (default: the administrator's) and gives its path. */
  writeKubeconfig(token?: string): Promise<string>
  /** Ends the API server as a crash would; etcd keeps the data. */
  stop(): Promise<void>
  /** Starts it again after {@link stop}; resolves when it is ready. */
  start(): Promise<void>
  /**
   * Starts the controllers of Deployments, StatefulSets and DaemonSets. Nothing schedules pods or runs them.
   *
   * @param program the executable, as `findForTest('kube-controller-manager')` gives it
   */
  startControllers(program: string): Promise<void>
  /** Lets it accept connections and answer nothing, until {@link resume}. */
  pause(): Promise<void>
  resume(): void
  /** Ends everything and removes its files. Can be called twice. */
  close(): Promise<void>
}

/**
 * Starts a real etcd and a real Kubernetes API server with RBAC on loopback ports, in 3 to 6 seconds and 270 MB. If this
 * process is killed, they end and their files go.
 *
 * @throws {Error} if it does not start in time; the message has the end of its log
 */
export async function openKubernetes(options: KubernetesOptions): Promise<Kubernetes> {
  const { programs, startupTimeoutMs: timeoutMs = 120_000 } = options
  const adminToken = randomBytes(24).toString('hex')
  const home = await guardHome(await mkdtemp(join(tmpdir(), 'rekey-kubernetes-')))
  try {
    const plane = await startControlPlane(programs, home, { adminToken, timeoutMs })
    return createKubernetes(home, plane, adminToken)
  } catch (error) {
    await home.close()
    throw error
  }
}

function createKubernetes(
  home: GuardedHome,
  plane: Awaited<ReturnType<typeof startControlPlane>>,
  adminToken: string,
): Kubernetes {
  const { url, caCert, caFile } = plane
  let server = plane.apiServer
  const request = ({ path, token = adminToken, ...rest }: KubernetesRequest) =>
    requestJson({ url: url + path, caCert, token, ...rest })
  const close = () => home.close()
  return {
    url,
    caCert,
    caFile,
    adminToken,
    request,
    ...createKubernetesAdmin(request),
    writeKubeconfig: (token = adminToken) => writeKubeconfig(home.directory, plane, token),
    stop: () => server.kill(),
    async start() {
      server = await plane.startApiServer()
    },
    async startControllers(program) {
      const kubeconfig = await writeKubeconfig(home.directory, plane, adminToken)
      await home.spawn('kube-controller-manager', program, controllerFlags(kubeconfig))
    },
    pause: () => server.pause(),
    resume: () => {
      server.resume()
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function controllerFlags(kubeconfig: string): string[] {
  const sets = ['deployment', 'replicaset', 'statefulset', 'daemonset']
  return [
    `--kubeconfig=${kubeconfig}`,
    `--controllers=${sets.map((name) => `${name}-controller`).join(',')}`,
    '--leader-elect=false',
    '--secure-port=0',
  ]
}

async function writeKubeconfig(
  directory: string,
  { url, caFile }: ControlPlane,
  token: string,
): Promise<string> {
  const path = join(directory, `kubeconfig-${randomBytes(6).toString('hex')}`)
  const name = 'testbed'
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  }
  await writeFile(path, JSON.stringify(config), { mode: 0o600 })
  return path
}
