import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStack, type Stack } from '@rekey/stack'
import { runRekey, startRekey } from '@rekey/test-support'
import { findForTest, type Kubernetes } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  controllerOf,
  cronJobOf,
  LEAST_VALUES,
  type Manifest,
  oneOf,
  podOf,
  renderChart,
} from './chart.ts'

const [helm, apiServer, etcd, writer] = [
  await findForTest('helm'),
  await findForTest('kube-apiserver'),
  await findForTest('etcd'),
  await findForTest('kubelet-writer'),
]
const isHere = [helm, apiServer, etcd, writer].every(({ found }) => found)

vi.setConfig({ testTimeout: 120_000 })

const NAMESPACE = 'rekey'
const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`
const KEY = 'API_KEY_FRONTEND_SIGNING'
const OTHER_KEY = 'api-key signing:certtransparency'

/** A family file, and the objects of the chart with the rights that follow from it. */
interface Release {
  readonly familyFile: string
  readonly manifests: readonly Manifest[]
}

describe.runIf(isHere)('the chart in a cluster', () => {
  let stack: Stack
  let kubernetes: Kubernetes
  let directory: string
  let release: Release

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rekey-chart-'))
    stack = await openStack({ store: 'kubernetes', validationMs: 200 })
    if (stack.storage.servers.kubernetes === undefined) throw new Error('no Kubernetes')
    kubernetes = stack.storage.servers.kubernetes
    release = await makeRelease('rotating', stack.family)
  }, 240_000)
  afterAll(async () => {
    await stack.close()
    await rm(directory, { recursive: true })
  })

  async function makeRelease(
    name: string,
    family: Stack['family'],
    change: object = {},
  ): Promise<Release> {
    const familyFile = join(directory, `${name}.json`)
    await writeFile(familyFile, JSON.stringify(family))
    const locator = `kubernetes:${NAMESPACE}`
    const rights = await runRekey(['rights', locator, '--family', familyFile, '--helm-values'])
    const values = {
      ...LEAST_VALUES,
      ...(JSON.parse(rights.stdout) as object),
      files: { 'deployment.json': JSON.stringify(family), 'policy.json': '{}' },
      ...change,
    }
    const place = { release: name, namespace: NAMESPACE }
    return { familyFile, manifests: await renderChart(helm.path, values, place) }
  }

  /** Makes the account with its rights, and has the family file name a token of that account. */
  async function install({ familyFile, manifests }: Release): Promise<string> {
    for (const kind of ['ServiceAccount', 'Role', 'RoleBinding']) {
      const body = oneOf(manifests, kind)
      expect(await kubernetes.request({ path: pathOf(body), body })).toMatchObject({ status: 201 })
    }
    const token = await kubernetes.issueToken(oneOf(manifests, 'ServiceAccount').metadata)
    const variables = { KUBECONFIG: await kubernetes.writeKubeconfig(token) }
    const store = { ...stack.family.store, variables }
    await writeFile(familyFile, JSON.stringify({ ...stack.family, store }))
    return token
  }

  it('consists of objects that the API server takes, field by field', async () => {
    const change = { controller: { enabled: true } }
    const controlled = await makeRelease('controlled', stack.family, change)
    for (const body of [...release.manifests, controllerOf(controlled.manifests)]) {
      const path = `${pathOf(body)}?dryRun=All&fieldValidation=Strict`
      const { status, body: answer } = await kubernetes.request({ path, body })
      expect({ kind: body.kind, status, answer }).toMatchObject({ kind: body.kind, status: 201 })
    }
    const misspelled = { ...cronJobOf(release.manifests, 'rotate'), spce: {} }
    const path = `${pathOf(misspelled)}?dryRun=All&fieldValidation=Strict`
    expect(await kubernetes.request({ path, body: misspelled })).toMatchObject({ status: 400 })
  })

  it('lets its account rotate what the family declares, and touch no other Secret', async () => {
    const token = await install(release)
    const { container } = podOf(cronJobOf(release.manifests, 'rotate'))
    const policy = join(directory, 'policy.json')
    await writeFile(policy, '{}')
    const args = container.args.map((arg) =>
      arg
        .replace('/etc/rekey/deployment.json', release.familyFile)
        .replace('/etc/rekey/policy.json', policy),
    )
    expect(await runRekey(args)).toMatchObject({ code: 0, stderr: '' })
    const { current } = await stack.store.read(KEY)
    const rotated = await runRekey([
      ...['rotate', 'api-key', 'frontend:signing', '--family', release.familyFile],
    ])
    expect(rotated).toMatchObject({ code: 0, stderr: '' })
    expect((await stack.store.read(KEY)).current.version).not.toBe(current.version)

    const foreign = { metadata: { name: 'of-another-family' }, stringData: { key: 'x' } }
    await kubernetes.request({ path: SECRETS, body: foreign })
    const refused = [
      { path: `${SECRETS}/of-another-family` },
      { path: SECRETS },
      { path: SECRETS, body: { metadata: { name: 'new' } } },
      {
        path: `${SECRETS}/of-another-family`,
        method: 'PATCH',
        body: { stringData: { key: 'y' } },
        contentType: 'application/merge-patch+json',
      },
    ]
    for (const request of refused) {
      expect(await kubernetes.request({ ...request, token })).toMatchObject({ status: 403 })
    }
  })

  it('lets the same account lead as a controller, which is found live and ready', async () => {
    const change = { controller: { enabled: true, everyMs: 500 } }
    const { familyFile, manifests } = await makeRelease('leading', stack.family, change)
    await install({ familyFile, manifests })
    const policy = join(directory, 'leading-policy.json')
    await writeFile(policy, '{}')
    const [{ args }] = controllerOf(manifests).spec.template.spec.containers
    const here = args.map((arg) =>
      arg
        .replace('/etc/rekey/deployment.json', familyFile)
        .replace('/etc/rekey/policy.json', policy)
        .replace(/^9090$/, '0'),
    )
    await using controller = startRekey(here.filter((arg) => arg !== '--json'))
    const line = (wanted: string) => {
      const found = controller.lines().find(({ type }) => type === wanted)
      if (found === undefined) throw new Error(`no line ${wanted} yet`)
      return found
    }
    await vi.waitFor(() => line('leading'), { timeout: 60_000, interval: 50 })
    const at = `http://127.0.0.1:${String(line('listening')['port'])}`
    for (const path of ['/health/live', '/health/ready']) {
      expect(await fetch(at + path)).toMatchObject({ status: 200 })
    }
    expect(await controller.stop()).toBe(0)
  })

  it('does not let the account of a smaller family rotate a key of the larger one', async () => {
    const { secrets } = stack.family
    const smaller = { ...secrets, 'api-key': ['frontend:signing'] }
    const less = await makeRelease('less', { ...stack.family, secrets: smaller })
    await install(less)
    const name = 'API_KEY_SIGNING_CERTTRANSPARENCY'
    const { revision } = await stack.store.read(name)
    const { code, stderr } = await runRekey([
      ...['rotate', ...OTHER_KEY.split(' '), '--family', less.familyFile],
    ])
    expect(code).toBe(4)
    expect(stderr).toContain('the Kubernetes API server does not allow it')
    expect((await stack.store.read(name)).revision).toBe(revision)
  })
})

function pathOf({ apiVersion, kind, metadata }: Manifest): string {
  const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  const plural = kind.toLowerCase().replace(/y$/, 'ie')
  return `${group}/namespaces/${metadata.namespace}/${plural}s`
}
