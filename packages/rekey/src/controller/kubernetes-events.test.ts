import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@rekey/secret'
import { EVENTS_RULE } from '@rekey/config-loader/internal/kubernetes'
import { findForTest, type Kubernetes, openKubernetes } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKubernetesEvents } from './kubernetes-events.ts'
import type { Message } from './receiver.ts'

const [apiServer, etcd] = [await findForTest('kube-apiserver'), await findForTest('etcd')]
const NAMESPACE = 'vpn'
const { signal } = new AbortController()

const STUCK: Message = {
  ...{ id: 'msg_1', change: 'began' },
  problem: {
    ...{ problem: 'stuck', about: 'secret', name: 'API_KEY_FRONTEND_SIGNING', kind: 'api-key' },
    next: 'rekey status',
  },
}

describe.runIf(apiServer.found && etcd.found)('on a real API server', { timeout: 60_000 }, () => {
  let kubernetes: Kubernetes
  let directory: string
  beforeAll(async () => {
    if (!apiServer.found || !etcd.found) return
    const programs = { apiServer: apiServer.path, etcd: etcd.path }
    kubernetes = await openKubernetes({ programs })
    await kubernetes.createNamespace(NAMESPACE)
    directory = await mkdtemp(join(tmpdir(), 'rekey-events-'))
  }, 150_000)
  afterAll(async () => {
    await kubernetes.close()
    await rm(directory, { recursive: true })
  })

  /** Writes as a service account with these rules. */
  async function openAs(name: string, rules: readonly (typeof EVENTS_RULE)[]) {
    const account = { namespace: NAMESPACE, name }
    await kubernetes.createServiceAccount(account)
    await kubernetes.grant(account, rules)
    const token = await kubernetes.issueToken(account)
    const file = join(directory, `${name}.json`)
    const config = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'it' },
      contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
      users: [{ name: 'it', user: { token } }],
      clusters: [
        {
          name: 'it',
          cluster: { server: kubernetes.url, 'certificate-authority': kubernetes.caFile },
        },
      ],
    }
    await writeFile(file, JSON.stringify(config), { mode: 0o600 })
    const env = { KUBECONFIG: file }
    return createKubernetesEvents({ env, namespace: NAMESPACE, clock: systemClock })
  }

  async function written() {
    const path = `/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`
    const { body } = await kubernetes.request({ path })
    return (body as { readonly items: readonly Record<string, unknown>[] }).items
  }

  it('writes one Event about the Secret when a problem begins, also if it is sent twice, and one when it is over', async () => {
    const receiver = await openAs('controller', [EVENTS_RULE])
    await receiver.send(STUCK, signal)
    await receiver.send(STUCK, signal)
    await receiver.send({ ...STUCK, id: 'msg_2', change: 'ended' }, signal)
    const events = await written()
    expect(events.map(({ type, reason, note }) => [type, reason, note])).toEqual([
      ['Warning', 'SecretStuck', 'API_KEY_FRONTEND_SIGNING is stuck; run next: rekey status'],
      ['Normal', 'SecretStuckOver', 'API_KEY_FRONTEND_SIGNING is no longer stuck'],
    ])
    expect(events[0]).toMatchObject({
      regarding: { kind: 'Secret', namespace: NAMESPACE, name: 'api-key-frontend-signing' },
      reportingController: 'rekey.dev/controller',
    })
  })

  it('writes an Event about its own pod for a CA', async () => {
    const receiver = await openAs('watcher', [EVENTS_RULE])
    const ca = { about: 'ca', name: '/var/lib/vpn\u202e-ca', next: 'rekey ca drill' } as const
    await receiver.send({ ...STUCK, id: 'msg_3', problem: { ...ca, problem: 'undrilled' } }, signal)
    const found = (await written()).find(({ reason }) => reason === 'CaUndrilled')
    expect(found).toMatchObject({
      ...{ type: 'Warning', regarding: { kind: 'Pod' } },
      note: String.raw`/var/lib/vpn\u{202e}-ca is undrilled; run next: rekey ca drill`,
    })
  })

  it('reports that it has no right to write Events', async () => {
    const receiver = await openAs('other', [])
    const sent = receiver.send({ ...STUCK, id: 'msg_4' }, signal)
    await expect(sent).rejects.toMatchObject({ code: 'forbidden' })
  })
})
