import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { namesReadBy } from '@rekey/rekey/internal'
import { objectName } from '@rekey/config-loader/internal/kubernetes'
import { openStore } from '@rekey/config-loader/store'
import { createKubelet, type Kubelet, type Kubernetes, openKubernetes } from '@rekey/testbed'
import { REFERENCE, rightsOf } from '../reference-family.ts'
import { writePrivateFile } from './private-file.ts'
import { requireProgram } from './require-program.ts'
import type { OpenStackStore } from './stack-store.ts'

const NAMESPACE = 'rekey'
const LOCATOR = `kubernetes:${NAMESPACE}`
/** Longer than a stack is ever kept up; a pod gets a new one from its kubelet instead. */
const TOKEN_LIFETIME_MS = 24 * 60 * 60 * 1_000

/**
 * Secret objects at an API server of its own. The rotator writes them by the API, with a service account that may write those and
 * no others. A service has no account: its secrets are files of a volume that the kubelet's own writer fills, as in a pod.
 */
export const openKubernetesStack: OpenStackStore = async (options) => {
  const [apiServer, etcd, writer] = await Promise.all([
    requireProgram('kube-apiserver'),
    requireProgram('etcd'),
    requireProgram('kubelet-writer'),
  ])
  const title = `Kubernetes ${apiServer.version}`
  options.onProgress(title)
  const programs = { apiServer: apiServer.path, etcd: etcd.path }
  const { own, directory } = options
  const kubernetes = own.use(await openKubernetes({ programs }), 'Kubernetes')
  await kubernetes.createNamespace(NAMESPACE)
  const kubelet = own.use(await openKubelet(kubernetes, writer.path), 'kubelet')
  const env = { KUBECONFIG: await kubernetes.writeKubeconfig() }
  const admin = own.use(await openStore(LOCATOR, { env }), 'store of the administrator')
  return {
    kind: 'kubernetes',
    title,
    servers: { kubernetes },
    environment: 'production',
    admin,
    rotator: { locator: LOCATOR, variables: await accountOfRotator(kubernetes, directory) },
    async placeFor(service) {
      const volume = join(directory, 'volumes', service)
      const objects = namesReadBy(REFERENCE, service).map(objectName)
      await kubelet.mount({ directory: volume, objects })
      return { locator: `mount:${volume}`, variables: {} }
    },
  }
}

async function accountOfRotator(
  kubernetes: Kubernetes,
  directory: string,
): Promise<Record<string, string>> {
  const account = { namespace: NAMESPACE, name: 'rotator' }
  await kubernetes.createServiceAccount(account)
  await kubernetes.apply(await rightsOf('rotator', LOCATOR))
  const token = await kubernetes.issueToken(account, { lifetimeMs: TOKEN_LIFETIME_MS })
  const kubeconfig = await readFile(await kubernetes.writeKubeconfig(token), 'utf8')
  return { KUBECONFIG: await writePrivateFile(directory, 'rotator-kubeconfig', kubeconfig) }
}

/** A kubelet may read what the pods of its node mount; here all pods are on one node. */
async function openKubelet(kubernetes: Kubernetes, writer: string): Promise<Kubelet> {
  const account = { namespace: NAMESPACE, name: 'kubelet' }
  await kubernetes.createServiceAccount(account)
  const rule = { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] }
  await kubernetes.grant(account, [rule])
  const token = await kubernetes.issueToken(account, { lifetimeMs: TOKEN_LIFETIME_MS })
  return createKubelet({ kubernetes, namespace: NAMESPACE, token, writer })
}
