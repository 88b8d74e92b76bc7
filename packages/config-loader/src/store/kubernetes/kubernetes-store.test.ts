// @lane servers
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '@rekey/secret'
import { describeSecretStore } from '../contract.ts'
import {
  type Cluster,
  isHere,
  KEY,
  OBJECT,
  openCluster,
  random,
  secret,
} from '../../../test/store/kubernetes/cluster.support.ts'
import type { KubernetesStore } from './internal.ts'
import { findKubernetesAccess, openKubernetesStore } from './index.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe.runIf(isHere)('the Secrets of a real API server', { timeout: 60_000 }, () => {
  let cluster: Cluster
  let namespace: string
  let store: KubernetesStore
  beforeAll(async () => {
    cluster = await openCluster()
  }, 150_000)
  afterAll(() => cluster[Symbol.asyncDispose]())
  beforeEach(async () => {
    namespace = await cluster.newNamespace()
    store = await cluster.open(namespace)
  })

  describeSecretStore('Kubernetes', async () => {
    const opened = await cluster.open(await cluster.newNamespace())
    const close = async () => {
      await opened[Symbol.asyncDispose]()
    }
    return { store: opened, close }
  })

  it('keeps a secret in an object of its own, by the names that a mount shows', async () => {
    const [current, pending] = [random(), random()]
    const { revision } = await store.create(KEY, secret(current))
    await store.stage(KEY, secret(pending), revision)
    expect(await cluster.readObject(namespace)).toMatchObject({
      type: 'Opaque',
      metadata: { name: OBJECT, labels: { 'app.kubernetes.io/managed-by': 'rekey' } },
      data: { [KEY]: base64(current), [`${KEY}__PENDING`]: base64(pending) },
    })
  })

  it('leaves the labels, annotations and other keys of an object as they are', async () => {
    const metadata = { labels: { team: 'vpn' }, annotations: { owner: 'me' } }
    const other = base64(random())
    await cluster.putObject(namespace, { metadata, data: { [KEY]: base64(random()), other } })
    const { revision } = await store.read(KEY)
    const staged = await store.stage(KEY, secret(), revision)
    const promoted = await store.promote(KEY, staged.revision)
    const revoked = await store.revoke(KEY, promoted.revision)
    const object = await cluster.readObject(namespace)
    expect(object.metadata).toMatchObject(metadata)
    expect(object.data).toEqual({
      [KEY]: base64(revoked.current.value.expose()),
      other,
    })
  })

  it('creates a secret in an object that is there already, so that nobody else need be allowed to create', async () => {
    await cluster.putObject(namespace, { data: { other: base64('x') } })
    await expect(store.read(KEY)).rejects.toMatchObject({ code: 'missing' })
    await store.create(KEY, secret())
    expect(Object.keys((await cluster.readObject(namespace)).data ?? {}).sort()).toEqual([
      KEY,
      'other',
    ])
  })

  it('writes over a change of a label between its read and its write', async () => {
    const { revision } = await store.create(KEY, secret())
    const relabelling = Array.from({ length: 20 }, async (_, i) => {
      const patch = { method: 'PATCH', contentType: 'application/merge-patch+json' }
      const body = { metadata: { labels: { count: String(i) } } }
      const path = `/api/v1/namespaces/${namespace}/secrets/${OBJECT}`
      await cluster.kubernetes.request({ ...patch, path, body })
    })
    await store.stage(KEY, secret(), revision)
    await Promise.all(relabelling)
    expect((await store.read(KEY)).pending).toBeDefined()
  })

  it('moves the time of creation along with the value, and invents none', async () => {
    const clock = createFakeClock()
    const timed = await cluster.open(namespace, { clock })
    const createdAt = new Date(clock.now())
    const created = await timed.create(KEY, secret())
    await clock.advance(60_000)
    const stagedAt = new Date(clock.now())
    const staged = await timed.stage(KEY, secret(), created.revision)
    const promoted = await timed.promote(KEY, staged.revision)
    expect(promoted).toMatchObject({ current: { createdAt: stagedAt }, previous: { createdAt } })
    expect(await store.read(KEY)).toEqual(promoted)
    await cluster.putObject(namespace, { data: { OTHER: base64(random()) } }, 'other')
    expect((await store.read('OTHER')).current.createdAt).toBeUndefined()
  })

  it('takes one newline at the end as the end of the line, as a file does, and keeps one that is part of the value', async () => {
    const value = random()
    await cluster.putObject(namespace, { data: { [KEY]: base64(`${value}\n`) } })
    const { current, revision } = await store.read(KEY)
    expect(current.value.expose()).toBe(value)
    await store.stage(KEY, secret(`${value}\n`), revision)
    expect((await cluster.readObject(namespace)).data).toMatchObject({
      [`${KEY}__PENDING`]: base64(`${value}\n\n`),
    })
    expect((await store.read(KEY)).pending?.value.expose()).toBe(`${value}\n`)
  })

  it('names a Secret that is marked immutable, and does not rotate it', async () => {
    await cluster.putObject(namespace, { immutable: true, data: { [KEY]: base64(random()) } })
    const { revision } = await store.read(KEY)
    await expect(store.stage(KEY, secret(), revision)).rejects.toMatchObject({
      code: 'refused',
      details: { reason: 'immutable' },
    })
    expect(await store.warnings([KEY])).toMatchObject([{ rule: 'immutable', name: KEY }])
    expect(await store.warnings(['OTHER'])).toEqual([])
  })

  it('refuses what is binary, to read and to write', async () => {
    const data = { [KEY]: Buffer.from([1, 2, 0xff]).toString('base64') }
    await cluster.putObject(namespace, { data })
    await expect(store.read(KEY)).rejects.toMatchObject({ details: { reason: 'binary' } })
    for (const value of [`${random()}\0`, `${random()}\ud800`]) {
      await expect(store.create('OTHER', secret(value))).rejects.toMatchObject({ code: 'refused' })
    }
  })

  it('refuses a name that no object can have, and a value that no Secret can hold', async () => {
    await expect(store.create('KEY_', secret())).rejects.toMatchObject({ code: 'malformed' })
    const huge = secret('x'.repeat(1_100_000))
    await expect(store.create(KEY, huge)).rejects.toMatchObject({ code: 'refused' })
    const access = { kubeconfig: '/nowhere' }
    await expect(openKubernetesStore({ namespace: 'a/../b', access })).rejects.toThrow(
      expect.objectContaining({ code: 'malformed' }),
    )
  })

  it('enters by a kubeconfig, and says what is wrong with one', async () => {
    const kubeconfig = await cluster.kubernetes.writeKubeconfig()
    await using entered = await openKubernetesStore({ namespace, access: { kubeconfig } })
    await entered.create(KEY, secret())
    expect(await store.read(KEY)).toMatchObject({ name: KEY })
    const { path } = await cluster.tokenFile(`{ ${random()}`)
    const broken = await openKubernetesStore({ namespace, access: { kubeconfig: path } })
    await expect(broken.read(KEY)).rejects.toMatchObject({ code: 'malformed', details: { path } })
    const plain = JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
      users: [{ name: 'c', user: { token: random() } }],
      'current-context': 'c',
    })
    const file = await cluster.tokenFile(plain)
    const open = await openKubernetesStore({ namespace, access: { kubeconfig: file.path } })
    await expect(open.read(KEY)).rejects.toMatchObject({ code: 'refused' })
    const absent = await openKubernetesStore({ namespace, access: { kubeconfig: '/nowhere' } })
    await expect(absent.read(KEY)).rejects.toMatchObject({
      code: 'unreachable',
      details: { reason: 'no-credentials' },
    })
  })
})

it('finds its way by KUBECONFIG, else as a pod, and never by what somebody looked at last', () => {
  const pod = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
  expect(findKubernetesAccess({ ...pod, KUBECONFIG: '/k' })).toEqual({ kubeconfig: '/k' })
  expect(findKubernetesAccess(pod)).toMatchObject({ server: 'https://[fd00::1]:443' })
  expect(() => findKubernetesAccess({ HOME: '/root' })).toThrow(
    expect.objectContaining({ code: 'missing' }),
  )
})
