// @lane servers
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rootCertificates } from 'node:tls'
import { inspect } from 'node:util'
import { createFakeClock, type SecretError, type StagedSecret } from '@rekey/secret'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ApiProxy, openApiProxy } from '../../../test/store/kubernetes/api-proxy.support.ts'
import {
  type Cluster,
  isHere,
  KEY,
  openCluster,
  random,
  secret,
} from '../../../test/store/kubernetes/cluster.support.ts'
import { createEndpointSlices, type KubernetesStore } from './internal.ts'
import { openKubernetesStore } from './index.ts'

const LONG_MS = 3_600_000
/** A watch that goes on where another one was. */
const FROM_A_VERSION = /resourceVersion=[1-9]/
const STATUSES = [
  [401, 'forbidden', 'unauthenticated'],
  [403, 'forbidden', 'denied'],
  [409, 'conflict', 'changed'],
  [410, 'unreachable', 'gone'],
  [413, 'refused', 'too-large'],
  [422, 'refused', 'invalid'],
  [429, 'unreachable', 'throttled'],
  [500, 'unreachable', 'failing'],
  [502, 'unreachable', 'failing'],
  [503, 'unreachable', 'unavailable'],
  [504, 'unreachable', 'timeout'],
] as const

describe.runIf(isHere)('a Kubernetes API server', { timeout: 60_000 }, () => {
  let cluster: Cluster
  let proxy: ApiProxy
  let namespace: string
  let stop: AbortController
  const token = random()
  beforeAll(async () => {
    cluster = await openCluster()
  }, 150_000)
  afterAll(() => cluster[Symbol.asyncDispose]())
  beforeEach(async () => {
    namespace = await cluster.newNamespace()
    proxy = await openApiProxy(cluster.kubernetes)
    stop = new AbortController()
  })
  afterEach(async () => {
    stop.abort()
    await proxy[Symbol.asyncDispose]()
  })

  const openBehindProxy = async (timeoutMs = 20_000): Promise<KubernetesStore> => {
    const { adminToken, caFile } = cluster.kubernetes
    const tokenFile = (await cluster.tokenFile(adminToken)).path
    const access = { server: proxy.url, caFile, tokenFile }
    return openKubernetesStore({ namespace, access, timeoutMs, pollMs: LONG_MS })
  }
  const failureOf = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => error as SecretError,
    )
  const collect = (store: KubernetesStore): StagedSecret[] => {
    const seen: StagedSecret[] = []
    void (async () => {
      for await (const staged of store.watch(KEY, stop.signal)) seen.push(staged)
    })()
    return seen
  }
  const isWatch = (path: string) => path.includes('watch=true')
  const watches = () => proxy.seen.filter(isWatch)

  it.each(STATUSES)(
    'that answers %i means %s (%s), whatever it says',
    async (status, code, reason) => {
      const canary = random()
      const store = await openBehindProxy()
      const { revision } = await store.create(KEY, secret(canary))
      const body = JSON.stringify({ message: canary })
      proxy.fault = () => ({ status, body, headers: { 'retry-after': '7' } })
      const writing = status === 409 ? 'PATCH' : undefined
      if (writing) proxy.fault = (method) => (method === writing ? { status, body } : undefined)
      const error = await failureOf(
        writing ? store.stage(KEY, secret(), revision) : store.read(KEY),
      )
      expect(error).toMatchObject({ code, details: { status, reason } })
      if (!writing) expect(error?.details['retryAfterMs']).toBe(7_000)
      const printed = inspect(error, { depth: 9, showHidden: true })
      for (const hidden of [canary, cluster.kubernetes.adminToken])
        expect(printed).not.toContain(hidden)
    },
  )

  it('that is none, is silent, cut off, gone or someone else means unreachable, each with its reason', async () => {
    const { adminToken, caFile } = cluster.kubernetes
    const store = await openBehindProxy(500)
    const html = { 'content-type': 'text/html' }
    const faults = {
      timeout: { silent: true },
      network: { cut: true },
      'not-understood': { status: 200, body: `<p>${token}</p>`, headers: html },
      // Of something in front of the server: that is no answer about the secret.
      'not-understood ': { status: 404, body: `<p>${token}</p>`, headers: html },
    } as const
    for (const [name, fault] of Object.entries(faults)) {
      const reason = name.trim()
      proxy.fault = () => fault
      const error = await failureOf(store.read(KEY))
      expect(error, reason).toMatchObject({ code: 'unreachable', details: { reason } })
    }
    proxy.fault = () => ({ status: 200, body: JSON.stringify({ data: 'a'.repeat(5_000_000) }) })
    await expect(store.read(KEY)).rejects.toMatchObject({
      code: 'unreachable',
      details: { reason: 'too-large' },
    })
    proxy.fault = () => ({ status: 200, body: '{}' })
    await expect(store.create(KEY, secret())).rejects.toMatchObject({ code: 'unreachable' })
    proxy.fault = () => ({ status: 200, body: `{"data": ${token}` })
    const broken = await failureOf(store.read(KEY))
    expect(broken).toMatchObject({ code: 'unreachable', details: { reason: 'not-understood' } })
    expect(inspect(broken, { depth: 9, showHidden: true })).not.toContain(token)

    const tokenFile = (await cluster.tokenFile(adminToken)).path
    const stranger = (await cluster.tokenFile(rootCertificates[0] ?? '')).path
    const open = (server: string, ca: string) =>
      openKubernetesStore({ namespace, access: { server, caFile: ca, tokenFile } })
    const untrusted = await open(proxy.url, stranger)
    await expect(untrusted.read(KEY)).rejects.toMatchObject({
      code: 'unreachable',
      details: { reason: 'tls' },
    })
    const nobody = await open('https://127.0.0.1:1', caFile)
    await expect(nobody.read(KEY)).rejects.toMatchObject({
      code: 'unreachable',
      details: { reason: 'network', errno: 'ECONNREFUSED' },
    })
  })

  it('that gives no list of EndpointSlices gives no empty one either, and a part of a list is none', async () => {
    const { adminToken, caFile } = cluster.kubernetes
    const tokenFile = (await cluster.tokenFile(adminToken)).path
    const access = { server: proxy.url, caFile, tokenFile }
    const list = createEndpointSlices({ access, namespace, name: 'signing' })
    expect(await list()).toEqual([])
    for (const body of ['{}', '{"items":[]}', '{"metadata":{"resourceVersion":"1"}}']) {
      proxy.fault = () => ({ status: 200, body })
      const failure = { code: 'unreachable', details: { reason: 'not-understood' } }
      await expect(list()).rejects.toMatchObject(failure)
    }
    const page = { items: [], metadata: { resourceVersion: '1', continue: 'next' } }
    proxy.fault = (_, path) =>
      path.includes('continue=next')
        ? { status: 410, body: '{"kind":"Status"}' }
        : { status: 200, body: JSON.stringify(page) }
    await expect(list()).rejects.toMatchObject({ code: 'unreachable', details: { reason: 'gone' } })
  })

  it('gets the token that is in the file now, and none that was there before', async () => {
    const { url, caFile, adminToken } = cluster.kubernetes
    const file = await cluster.tokenFile(`${random()}\n`)
    const access = { server: url, caFile, tokenFile: file.path }
    const store = await openKubernetesStore({ namespace, access })
    await expect(store.create(KEY, secret())).rejects.toMatchObject({
      code: 'forbidden',
      details: { reason: 'unauthenticated' },
    })
    await file.replace(`${adminToken}\n`)
    await store.create(KEY, secret())
  })

  it('is watched on over cut connections, without a change that is lost or told twice', async () => {
    const store = await openBehindProxy()
    let staged = await store.create(KEY, secret())
    await store.read(KEY)
    const seen = collect(store)
    const revisions: string[] = []
    for (const verb of ['stage', 'promote', 'revoke'] as const) {
      const before = watches().length
      proxy.cutAll()
      await expect.poll(() => watches().length, { timeout: 10_000 }).toBeGreaterThan(before)
      staged =
        verb === 'stage'
          ? await store.stage(KEY, secret(), staged.revision)
          : await store[verb](KEY, staged.revision)
      revisions.push(staged.revision)
      await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(revisions.length)
    }
    expect(seen.map(({ revision }) => revision)).toEqual(revisions)
    expect(watches().at(-1)).toMatch(FROM_A_VERSION)
  })

  it('that no longer remembers the version (410) is watched anew, and the change in between is seen', async () => {
    const store = await openBehindProxy()
    const created = await store.create(KEY, secret())
    await store.read(KEY)
    const seen = collect(store)
    await expect.poll(() => watches().length, { timeout: 10_000 }).toBe(1)
    const staged = await store.stage(KEY, secret(), created.revision)
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(1)
    const gone = { type: 'ERROR', object: { code: 410 } }
    proxy.fault = (_, path) =>
      FROM_A_VERSION.test(path) ? { status: 200, body: `${JSON.stringify(gone)}\n` } : undefined
    proxy.cutAll()
    const promoted = await (await cluster.open(namespace)).promote(KEY, staged.revision)
    await expect.poll(() => seen.length, { timeout: 60_000 }).toBe(2)
    expect(seen[1]?.revision).toBe(promoted.revision)
    // A read that the cut ended is made again, and may see the change before the watch does.
    await expect.poll(() => watches().at(-1)).not.toMatch(FROM_A_VERSION)
  }, 90_000)

  it('that cannot be read after a change is asked again, long before the next poll', async () => {
    const store = await openBehindProxy()
    const { revision } = await store.create(KEY, secret())
    await store.read(KEY)
    const seen = collect(store)
    await expect.poll(() => watches().length).toBe(1)
    let refused = 0
    proxy.fault = (_, path) => {
      if (isWatch(path) || refused === 2) return undefined
      refused += 1
      return { status: 503, body: '{}' }
    }
    const staged = await (await cluster.open(namespace)).stage(KEY, secret(), revision)
    await expect.poll(() => seen.length).toBe(1)
    expect(seen[0]?.revision).toBe(staged.revision)
    expect(refused).toBe(2)
  })

  it('that allows no watch is read at each poll', async () => {
    const clock = createFakeClock()
    const store = await cluster.open(namespace, { clock, pollMs: 60_000 })
    const { revision } = await store.create(KEY, secret())
    proxy.fault = (_, path) => (isWatch(path) ? { status: 403, body: '{}' } : undefined)
    const { adminToken, caFile } = cluster.kubernetes
    const access = {
      server: proxy.url,
      caFile,
      tokenFile: (await cluster.tokenFile(adminToken)).path,
    }
    const watched = await openKubernetesStore({ namespace, access, clock, pollMs: 60_000 })
    await watched.read(KEY)
    const seen = collect(watched)
    await store.stage(KEY, secret(), revision)
    await expect.poll(() => watches().length).toBeGreaterThan(0)
    expect(seen).toEqual([])
    await expect
      .poll(async () => {
        await clock.advance(60_000)
        return seen.length
      })
      .toBe(1)
  })

  it('that is killed and started again is read and watched again by itself', async () => {
    const store = await cluster.open(namespace, { pollMs: LONG_MS, timeoutMs: 2_000 })
    const { revision } = await store.create(KEY, secret())
    await store.read(KEY)
    const seen = collect(store)
    await cluster.kubernetes.stop()
    await expect(store.read(KEY)).rejects.toMatchObject({ code: 'unreachable' })
    await cluster.kubernetes.start()
    const staged = await store.stage(KEY, secret(), revision)
    await expect.poll(() => seen.at(-1)?.revision, { timeout: 40_000 }).toBe(staged.revision)
    await cluster.kubernetes.pause()
    const paused = await failureOf(store.read(KEY))
    cluster.kubernetes.resume()
    expect(paused).toMatchObject({ code: 'unreachable', details: { reason: 'timeout' } })
  })

  it('does not keep a process alive that watches it', async () => {
    const { url, caFile, adminToken } = cluster.kubernetes
    const access = { server: url, caFile, tokenFile: (await cluster.tokenFile(adminToken)).path }
    const script = `
      import { openKubernetesStore } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
      const store = await openKubernetesStore(${JSON.stringify({ namespace, access })})
      void store.watch('${KEY}', new AbortController().signal)[Symbol.asyncIterator]().next()
      await new Promise((resolve) => setTimeout(resolve, 1_000))`
    const flags = [
      '--conditions=@rekey/source',
      '--import=tsx',
      '--input-type=module',
      '-e',
      script,
    ]
    const child = spawn(process.execPath, flags, { stdio: 'inherit' })
    const [code] = (await once(child, 'exit')) as [number]
    expect(code).toBe(0)
  })
})
