import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '@rekey/secret'
import { findForTest, type Kubernetes, openKubernetes } from '@rekey/testbed'
import {
  type KubernetesStore,
  rbacFor,
  type RbacOptions,
} from '../../../src/store/kubernetes/internal.ts'
import {
  type KubernetesStoreOptions,
  openKubernetesStore,
} from '../../../src/store/kubernetes/index.ts'

const [apiServer, etcd] = [await findForTest('kube-apiserver'), await findForTest('etcd')]

/** Whether there is a Kubernetes here to test with. */
export const isHere = apiServer.found && etcd.found

export const KEY = 'API_KEY_FRONTEND_SIGNING'
export const OBJECT = 'api-key-frontend-signing'

/** A fresh random value. */
export const random = () => randomBytes(24).toString('base64url')
export const secret = (value = random()) => Secret.of(value, KEY)

/** The shape of a Secret as the API gives it. */
interface ApiSecret {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly data?: Readonly<Record<string, string>>
}

/** A real API server for one test file, and what its tests do in it. */
export interface Cluster extends AsyncDisposable {
  readonly kubernetes: Kubernetes
  /** A new namespace. */
  newNamespace(): Promise<string>
  /** A store for an administrator, or for a new service account that may do just this. */
  open(
    namespace: string,
    options?: Partial<KubernetesStoreOptions> & { role?: Omit<RbacOptions, 'namespace'> },
  ): Promise<KubernetesStore>
  /** The file of a token, and what replaces it. */
  tokenFile(token: string): Promise<{ path: string; replace(token: string): Promise<void> }>
  readObject(namespace: string, object?: string): Promise<ApiSecret>
  /** Writes an object as somebody else would. */
  putObject(namespace: string, content: object, object?: string): Promise<void>
}

export async function openCluster(): Promise<Cluster> {
  const programs = { apiServer: apiServer.path, etcd: etcd.path }
  const kubernetes = await openKubernetes({ programs })
  const { url: server, caFile } = kubernetes
  const directory = await mkdtemp(join(tmpdir(), 'rekey-kubernetes-store-'))
  const path = (namespace: string) => `/api/v1/namespaces/${namespace}/secrets`
  let count = 0
  const tokenFile = async (token: string) => {
    const file = join(directory, `token-${(count += 1)}`)
    const replace = (next: string) => writeFile(file, next, { mode: 0o600 })
    await replace(token)
    return { path: file, replace }
  }
  return {
    kubernetes,
    tokenFile,
    async newNamespace() {
      const namespace = `test-${(count += 1)}`
      await kubernetes.createNamespace(namespace)
      return namespace
    },
    async open(namespace, { role, ...options } = {}) {
      const token = role
        ? await newAccount(kubernetes, { ...role, namespace })
        : kubernetes.adminToken
      const access = { server, caFile, tokenFile: (await tokenFile(token)).path }
      return openKubernetesStore({ namespace, access, timeoutMs: 20_000, ...options })
    },
    async readObject(namespace, object = OBJECT) {
      const { body } = await kubernetes.request({ path: `${path(namespace)}/${object}` })
      return body as ApiSecret
    },
    async putObject(namespace, content, name = OBJECT) {
      const body = {
        ...content,
        metadata: { name, ...('metadata' in content && (content.metadata as object)) },
      }
      const { status } = await kubernetes.request({ path: path(namespace), body })
      if (status === 201) return
      const put = { path: `${path(namespace)}/${name}`, method: 'PUT', body }
      const { status: replaced } = await kubernetes.request(put)
      if (replaced !== 200) throw new Error(`The API server answered ${replaced}`)
    },
    async [Symbol.asyncDispose]() {
      await kubernetes.close()
      await rm(directory, { recursive: true })
    },
  }
}

/** The token of a new service account that has just the Role that `rbacFor` makes. */
async function newAccount(kubernetes: Kubernetes, role: RbacOptions): Promise<string> {
  const account = { namespace: role.namespace, name: `account-${randomBytes(4).toString('hex')}` }
  await kubernetes.createServiceAccount(account)
  await kubernetes.grant(account, rbacFor(role).rules)
  return kubernetes.issueToken(account)
}
