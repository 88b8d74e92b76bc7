import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { DISCOVERY_RULE } from '@rekey/config-loader/internal/rights'
import { findForTest, type Kubernetes, openKubernetes } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKubernetesSource, type KubernetesSourceOptions } from './index.ts'
import {
  describeReplicaSource,
  type SourceWorld,
} from '../../../test/fleet/discovery/source-contract.support.ts'

const [apiServer, etcd] = [await findForTest('kube-apiserver'), await findForTest('etcd')]
const isHere = apiServer.found && etcd.found

const SERVICE_LABEL = 'kubernetes.io/service-name'
const HEALTH_PORT = [{ name: 'health', port: 9090 }]

/** One endpoint, as the controller manager writes it. */
function endpointOf(address: string, uid: string = randomUUID(), conditions: object = READY) {
  const targetRef = { kind: 'Pod', namespace: 'default', name: `pod-${uid}`, uid }
  return { addresses: [address], conditions, targetRef, nodeName: 'node-1' }
}
const READY = { ready: true, serving: true, terminating: false }

describe.runIf(isHere)('replicas that are pods of a Service', { timeout: 60_000 }, () => {
  let kubernetes: Kubernetes
  let count = 0
  beforeAll(async () => {
    kubernetes = await openKubernetes({ programs: { apiServer: apiServer.path, etcd: etcd.path } })
  }, 150_000)
  afterAll(() => kubernetes.close())

  /** A namespace of its own, and the slices that its controller manager would write. */
  async function openNamespace(options: Partial<KubernetesSourceOptions> = {}) {
    const namespace = `fleet-${(count += 1)}`
    await kubernetes.createNamespace(namespace)
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`
    const write = async (name: string, endpoints: readonly object[], more: object = {}) => {
      const metadata = { name, labels: { [SERVICE_LABEL]: 'signing' } }
      const body = { metadata, addressType: 'IPv4', ports: HEALTH_PORT, endpoints, ...more }
      const { status } = await kubernetes.request({ path, body })
      if (status === 201) return
      const put = await kubernetes.request({ path: `${path}/${name}`, method: 'PUT', body })
      if (put.status !== 200) throw new Error(`The API server answered ${status} and ${put.status}`)
    }
    const remove = (name: string) =>
      kubernetes.request({ path: `${path}/${name}`, method: 'DELETE' })
    const kubeconfig = await kubernetes.writeKubeconfig()
    const env = { KUBECONFIG: kubeconfig }
    const place = { namespace, service: 'signing', url: 'https://{host}:8443', env }
    const source = createKubernetesSource({ ...place, ...options })
    const list = () => source('signing')
    return { namespace, source, list, write, remove, kubeconfig }
  }

  describeReplicaSource(async (): Promise<SourceWorld> => {
    const { source, write, remove, kubeconfig } = await openNamespace()
    const config = await readFile(kubeconfig, 'utf8')
    const publish = async (first: readonly string[], second: readonly string[]) => {
      await writeFile(kubeconfig, config)
      await remove('signing-1')
      await remove('signing-2')
      await write('signing-1', first.map(endpoint))
      await write('signing-2', second.map(endpoint))
    }
    const endpoint = (host: string) => endpointOf(host, `uid-${host}`)
    return {
      source,
      publish: (hosts) => publish(hosts.slice(0, 1), hosts.slice(1)),
      repeat: (hosts) => publish(hosts, hosts),
      obstruct: () => writeFile(kubeconfig, config.replace(kubernetes.url, 'https://127.0.0.1:1')),
      obstructed: 'unreachable',
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
  })

  it('are the same ones by their UID in slices of both address families, and at another address', async () => {
    const { list, write } = await openNamespace()
    const uids = [randomUUID(), randomUUID()] as const
    await write(
      'signing-4',
      uids.map((uid, n) => endpointOf(`10.0.0.${n + 1}`, uid)),
    )
    await write(
      'signing-6',
      uids.map((uid, n) => endpointOf(`2001:db8::${n + 1}`, uid)),
      { addressType: 'IPv6' },
    )
    expect((await list()).map(({ id }) => id).toSorted()).toEqual(uids.toSorted())
    await write('signing-4', [endpointOf('10.0.0.9', uids[0])])
    expect((await list()).map(({ id }) => id).toSorted()).toEqual(uids.toSorted())
  })

  it('are present until they serve no more, also while they are not ready', async () => {
    const { list, write } = await openNamespace()
    const states = new Map<string, object>([
      ['starting', { ready: false, serving: false, terminating: false }],
      ['unknown', {}],
      ['draining', { ready: false, serving: true, terminating: true }],
      ['ended', { ready: false, serving: false, terminating: true }],
      ['ended, by an older controller', { ready: false, terminating: true }],
    ])
    const endpoints = [...states].map(([uid, conditions], n) =>
      endpointOf(`10.0.0.${n + 1}`, uid, conditions),
    )
    await write('signing-1', endpoints)
    const present = ['draining', 'starting', 'unknown']
    expect((await list()).map(({ id }) => id).toSorted()).toEqual(present)
  })

  it('are found in the order in which slices are written late, twice and against each other', async () => {
    const { list, write, remove } = await openNamespace()
    const [old, next] = [endpointOf('10.0.0.1', 'old'), endpointOf('10.0.0.2', 'next')]
    const ended = { ready: false, serving: false, terminating: true }
    const ids = async () => (await list()).map(({ id }) => id).toSorted()
    await write('signing-1', [old])
    await write('signing-2', [])
    expect(await ids()).toEqual(['old'])
    // The new pod is written before the end of the old one is, to a slice of its own.
    await write('signing-2', [next])
    expect(await ids()).toEqual(['next', 'old'])
    // A pod moves: its new slice is there before the old one is written, which has an older state of it.
    await write('signing-3', [{ ...old, conditions: ended }])
    expect(await ids()).toEqual(['next', 'old'])
    await remove('signing-1')
    expect(await ids()).toEqual(['next'])
    await write('signing-3', [next])
    await write('signing-2', [])
    expect(await ids()).toEqual(['next'])
  })

  it('have addresses in which the ports of the slice stand by their names', async () => {
    const { list, write } = await openNamespace({
      ...{ url: 'https://{host}:{https}', healthUrl: 'http://{host}:{health}' },
    })
    const ports = [{ name: 'https', port: 8443 }, ...HEALTH_PORT]
    await write('signing-1', [endpointOf('10.0.0.1', 'a')], { ports })
    const [url, healthUrl] = ['https://10.0.0.1:8443', 'http://10.0.0.1:9090']
    expect(await list()).toEqual([{ id: 'a', service: 'signing', url, healthUrl }])
  })

  it('have no port where the slice has two, which must be named', async () => {
    const { namespace, list, write } = await openNamespace()
    const ports = [{ name: 'https', port: 8443 }, ...HEALTH_PORT]
    await write('signing-1', [endpointOf('10.0.0.1')], { ports })
    const message = `10.0.0.1 of the Service ${namespace}/signing has no port for http://{host}:{port}`
    const failure = { code: 'malformed', message: expect.stringContaining(message) as string }
    await expect(list()).rejects.toMatchObject(failure)
  })

  it('are those of the Service that is named, in its namespace', async () => {
    const { list, write } = await openNamespace({ name: 'signing-headless' })
    await write('signing-1', [endpointOf('10.0.0.1')])
    expect(await list()).toEqual([])
    const labels = { [SERVICE_LABEL]: 'signing-headless' }
    const metadata = { name: 'headless-1', labels }
    await write('headless-1', [endpointOf('10.0.0.2', 'a')], { metadata })
    expect((await list()).map(({ id }) => id)).toEqual(['a'])
  })

  it('are all found where they fill more pages than one', async () => {
    const { list, write } = await openNamespace()
    for (let slice = 0; slice < 12; slice += 1) {
      const endpoints = Array.from({ length: 100 }, (_, n) => endpointOf(`10.0.${slice}.${n}`))
      await write(`signing-${slice}`, endpoints)
    }
    expect(new Set((await list()).map(({ id }) => id)).size).toBe(1_200)
  })

  it('are listed with the one right that is derived, and with none of it that is an error', async () => {
    const { namespace, source, write } = await openNamespace()
    await write('signing-1', [endpointOf('10.0.0.1', 'a')])
    const listAs = async (name: string, rules: readonly (typeof DISCOVERY_RULE)[]) => {
      const account = { namespace, name }
      await kubernetes.createServiceAccount(account)
      await kubernetes.grant(account, rules)
      const token = await kubernetes.issueToken(account)
      const env = { KUBECONFIG: await kubernetes.writeKubeconfig(token) }
      const place = { namespace, service: 'signing', url: 'https://{host}:8443', env }
      return createKubernetesSource(place)('signing')
    }
    expect(await listAs('rotator', [DISCOVERY_RULE])).toEqual(await source('signing'))
    await expect(listAs('guest', [])).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('rekey rights kubernetes:NAMESPACE') as string,
    })
  })
})

it('pods of a Service are missing where no API server is known, which is an error', async () => {
  const place = { namespace: 'vpn', service: 'signing', url: 'https://{host}:8443', env: {} }
  await expect(createKubernetesSource(place)('signing')).rejects.toMatchObject({ code: 'missing' })
}, 60_000)
