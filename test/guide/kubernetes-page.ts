import { symlink } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findForTest, openKubernetes } from '@rekey/testbed'
import { createClusterNodes } from './cluster-nodes.ts'
import { atStore } from './open-desk.ts'
import { type Desk, typePage } from './type-page.ts'

const DEPLOY = fileURLToPath(new URL('../../deploy', import.meta.url))
const [apiServer, etcd, writer, helm, kubectl] = [
  await findForTest('kube-apiserver'),
  await findForTest('etcd'),
  await findForTest('kubelet-writer'),
  await findForTest('helm'),
  await findForTest('kubectl'),
]

/** Whether the programs of the page are installed. */
export const hasKubernetes = [apiServer, etcd, writer, helm, kubectl].every(({ found }) => found)

/** Types the page on a control plane of its own, with processes in place of pods. */
export async function typeKubernetesPage(desk: Desk): Promise<void> {
  const programs = { apiServer: apiServer.path, etcd: etcd.path }
  await using kubernetes = await openKubernetes({ programs })
  const env = {
    KUBECONFIG: await kubernetes.writeKubeconfig(),
    KUBECACHEDIR: join(desk.folder.path, 'cache'),
    IMAGE_DIGEST: `sha256:${'0'.repeat(64)}`,
    PATH: [dirname(helm.path), dirname(kubectl.path), process.env['PATH']].join(delimiter),
  }
  const addresses = new Map([
    ['DNS:stock-0.stock', 'DNS:stock-0.stock,IP:127.0.0.1'],
    ['https://stock-0.stock:8443', `https://127.0.0.1:${desk.here('3001')}`],
    ['https://shop.example.com', `http://127.0.0.1:${desk.here('3002')}`],
    ['http://stock-0.stock:9090', `http://127.0.0.1:${desk.here('9001')}`],
    ['http://shop-0.shop:9090', `http://127.0.0.1:${desk.here('9002')}`],
  ])
  const imageOf = (service: string, port: string, healthPort: string) => {
    const env = {
      PORT: desk.here(port),
      HEALTH_PORT: desk.here(healthPort),
      HOST: '127.0.0.1',
      HEALTH_HOST: '127.0.0.1',
    }
    const command = `${process.execPath} --import tsx services/${service}/src/main.ts`
    return [`registry.example/${service}:1`, { command, env }] as const
  }
  const images = new Map([imageOf('stock', '3001', '9001'), imageOf('shop', '3002', '9002')])
  const others = new Map<string, (command: string) => Promise<string>>()
  const here = await atStore(desk, { env, addresses, others })
  await symlink(DEPLOY, join(desk.folder.path, 'deploy'))
  const cluster = { kubernetes, writer: writer.path, namespace: 'shop', desk: here, images }
  let nodes: Awaited<ReturnType<typeof createClusterNodes>> | undefined
  others.set('the nodes', async (command) =>
    (nodes ??= await createClusterNodes(cluster)).act(command),
  )
  others.set('an outage', async (command) => {
    await kubernetes.stop()
    return command
  })
  try {
    await typePage('production-kubernetes.md', here)
  } finally {
    await nodes?.[Symbol.asyncDispose]()
  }
}
