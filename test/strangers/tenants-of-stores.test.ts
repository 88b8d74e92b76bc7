import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { leastRights, namesReadBy, rotatedNames } from '@rekey/rekey/internal'
import { objectName } from '@rekey/config-loader/internal/kubernetes'
import { openStack, type Stack } from '@rekey/stack'
import { runRekey } from '@rekey/test-support'
import { findForTest } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const programs = {
  vault: [await findForTest('vault')],
  kubernetes: [
    await findForTest('kube-apiserver'),
    await findForTest('etcd'),
    await findForTest('kubelet-writer'),
  ],
}

/** The service that has been taken over. */
const TENANT = 'frontend'
/** A secret that the tenant shares, and one that it does not. */
const [SHARED, OTHER] = ['frontend:signing', 'signing:certtransparency']
const EMERGENCY_MS = 60_000
const AT_ONCE = 8

/** One request of the tenant, and the status of its answer. */
interface Attempt {
  readonly what: string
  readonly ask: () => Promise<number>
}

async function vaultAttempts({ storage, family }: Stack): Promise<Attempt[]> {
  const { vault } = storage.servers
  if (vault === undefined) throw new Error('no Vault')
  const { auth } = await vault.require('POST', 'auth/token/create', {
    policies: [TENANT],
    no_default_policy: true,
  })
  const token = auth?.client_token ?? ''
  const ask = (method: string, path: string, body?: object): Attempt => ({
    what: `${method} ${path}`,
    ask: async () => (await vault.request(method, path, body, { token })).status,
  })
  const own = namesReadBy(family, TENANT).map((name) => ask('GET', `secret/data/rekey/${name}`))
  expect(await Promise.all(own.map((read) => read.ask()))).toEqual(own.map(() => 200))
  const onSecrets = rotatedNames(family).flatMap((name) => [
    ask('POST', `secret/data/rekey/${name}`, { data: { value: 'x' }, options: { cas: 0 } }),
    ask('DELETE', `secret/data/rekey/${name}`),
    ask('PUT', `secret/destroy/rekey/${name}`, { versions: [1, 2, 3] }),
    ask('POST', `secret/metadata/rekey/${name}`, { cas_required: true, max_versions: 1 }),
    ask('DELETE', `secret/metadata/rekey/${name}`),
  ])
  const onServer = [
    ask('PUT', 'sys/seal'),
    ask('PUT', 'sys/policies/acl/rotator', { policy: '' }),
    ask('DELETE', 'auth/approle/role/rotator'),
    ask('POST', 'sys/quotas/rate-limit/all', { rate: 1 }),
  ]
  return [...onSecrets, ...onServer]
}

async function kubernetesAttempts({ storage, family }: Stack): Promise<Attempt[]> {
  const { kubernetes } = storage.servers
  if (kubernetes === undefined) throw new Error('no Kubernetes')
  const namespace = 'rekey'
  const account = { namespace, name: TENANT }
  await kubernetes.createServiceAccount(account)
  const rights = await leastRights(family, `kubernetes:${namespace}`)
  await kubernetes.apply(rights.find(({ who }) => who === TENANT)?.text ?? '')
  const token = await kubernetes.issueToken(account)
  const secrets = `/api/v1/namespaces/${namespace}/secrets`
  const ask = (method: string, path: string, body?: object): Attempt => {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const request = { method, path, token, body, contentType }
    return {
      what: `${method} ${path}`,
      ask: async () => (await kubernetes.request(request)).status,
    }
  }
  const own = namesReadBy(family, TENANT).map((name) =>
    ask('GET', `${secrets}/${objectName(name)}`),
  )
  expect(await Promise.all(own.map((read) => read.ask()))).toEqual(own.map(() => 200))
  const annotated = { metadata: { annotations: { 'example.com/x': 'y' } } }
  const onSecrets = rotatedNames(family).flatMap((name) => [
    ask('PATCH', `${secrets}/${objectName(name)}`, annotated),
    ask('DELETE', `${secrets}/${objectName(name)}`),
    ask('POST', secrets, { metadata: { name: objectName(name) } }),
  ])
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
  const onServer = [
    ask('POST', leases, { metadata: { name: 'rekey' }, spec: {} }),
    ask('DELETE', `/api/v1/namespaces/${namespace}`),
    ask('DELETE', `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles/rekey-rotator`),
    ask('DELETE', `/api/v1/namespaces/${namespace}/serviceaccounts/rotator`),
  ]
  return [...onSecrets, ...onServer]
}

const STORES = [
  { store: 'vault', title: 'Vault', attemptsOf: vaultAttempts },
  { store: 'kubernetes', title: 'Kubernetes', attemptsOf: kubernetesAttempts },
] as const

/** Makes all attempts again and again, some at once, until it is stopped. @returns how many were refused, and those that were not */
function makeAttempts(attempts: readonly Attempt[]) {
  let refused = 0
  const others = new Set<string>()
  let isOver = false
  const workers = Array.from({ length: AT_ONCE }, async (_, worker) => {
    for (let turn = worker; !isOver; turn += AT_ONCE) {
      const attempt = attempts[turn % attempts.length]
      const status = await attempt?.ask()
      if (status === 403) refused += 1
      else others.add(`${attempt?.what ?? ''}: ${status ?? 0}`)
    }
  })
  return async () => {
    isOver = true
    await Promise.all(workers)
    return { refused, others: [...others] }
  }
}

describe.each(STORES)('a service that was taken over, at $title', ({ store, attemptsOf }) => {
  const isHere = programs[store].every(({ found }) => found)
  let stack: Stack
  let directory: string

  beforeAll(async () => {
    if (!isHere) return
    directory = await mkdtemp(join(tmpdir(), 'rekey-tenant-'))
    stack = await openStack({ store, validationMs: 200 })
  }, 240_000)
  afterAll(async () => {
    if (!isHere) return
    await stack.close()
    await rm(directory, { recursive: true })
  })

  it.runIf(isHere)(
    'stops neither a rotation nor an emergency with the rights of its login',
    async () => {
      const familyFile = join(directory, 'family.json')
      await writeFile(familyFile, JSON.stringify(stack.family))
      const rotate = (secret: string, ...more: string[]) =>
        runRekey(['rotate', 'api-key', secret, ...more, '--family', familyFile])
      const stop = makeAttempts(await attemptsOf(stack))
      try {
        expect(await rotate(OTHER)).toMatchObject({ code: 0, stderr: '' })
        const before = performance.now()
        expect(await rotate(SHARED, '--compromised')).toMatchObject({ code: 0, stderr: '' })
        expect(performance.now() - before).toBeLessThan(EMERGENCY_MS)
      } finally {
        const { refused, others } = await stop()
        expect(others).toEqual([])
        expect(refused).toBeGreaterThan(100)
      }
    },
    180_000,
  )
})
