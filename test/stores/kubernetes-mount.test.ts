import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiKeyTo, issueApiKey } from '@rekey/api-key-auth'
import { defineService, loadService } from '@rekey/config-loader'
import { openStore } from '@rekey/config-loader/store'
import { findForTest, type Kubernetes, openKubeletVolume, openKubernetes } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

const [apiServer, etcd, kubeletWriter] = [
  await findForTest('kube-apiserver'),
  await findForTest('etcd'),
  await findForTest('kubelet-writer'),
]

const NAMESPACE = 'vpn'
const NAME = 'API_KEY_FRONTEND_SIGNING'
const definition = defineService({
  name: 'frontend',
  settings: z.object({}),
  secrets: { signing: apiKeyTo('signing') },
})
const issue = () => issueApiKey({ environment: 'prod' }).text

describe.runIf(apiServer.found && etcd.found && kubeletWriter.found)('a pod', () => {
  let kubernetes: Kubernetes
  let directory: string
  beforeAll(async () => {
    const programs = { apiServer: apiServer.path, etcd: etcd.path }
    kubernetes = await openKubernetes({ programs })
    await kubernetes.createNamespace(NAMESPACE)
    directory = await mkdtemp(join(tmpdir(), 'rekey-pod-'))
  }, 150_000)
  afterAll(async () => {
    await kubernetes.close()
    await rm(directory, { recursive: true })
  })

  it('whose Secrets are mounted follows a rotation that is written through the API, step by step', async () => {
    const KUBECONFIG = await kubernetes.writeKubeconfig()
    await using store = await openStore(`kubernetes:${NAMESPACE}`, { env: { KUBECONFIG } })
    await using volume = await openKubeletVolume({ program: kubeletWriter.path, directory })
    /** What the kubelet does once a minute, and sooner if it hears of a change: all Secrets of the pod in one swap. */
    const syncPod = async () => {
      const { body } = await kubernetes.request({ path: `/api/v1/namespaces/${NAMESPACE}/secrets` })
      const { items } = body as { items: { data?: Record<string, string> }[] }
      const keys = items.flatMap(({ data = {} }) => Object.entries(data))
      const files = keys.map(([key, base64]) => [key, Buffer.from(base64, 'base64')] as const)
      await volume.write(Object.fromEntries(files))
    }
    const created = await store.create(NAME, issue())
    await syncPod()
    const env = { REKEY_SECRETS: `mount:${directory}` }
    const service = await loadService(definition, { env, policy: { ttlMs: 3_600_000 } })
    const { signing } = service.secrets
    const versions = () => ({
      current: signing.current.version,
      pending: signing.pending?.version,
      previous: signing.previous?.version,
    })
    const first = created.current.version
    expect(versions()).toEqual({ current: first, pending: undefined, previous: undefined })

    const staged = await store.stage(NAME, issue(), created.revision)
    const second = staged.pending?.version
    await syncPod()
    await expect.poll(versions).toEqual({ current: first, pending: second, previous: undefined })
    const promoted = await store.promote(NAME, staged.revision)
    await syncPod()
    await expect.poll(versions).toEqual({ current: second, pending: undefined, previous: first })
    await store.revoke(NAME, promoted.revision)
    await syncPod()
    await expect
      .poll(versions)
      .toEqual({ current: second, pending: undefined, previous: undefined })
    await service.close()
  })
})
