import type { JsonAnswer } from './https-json.ts'

/** A service account. */
interface ServiceAccount {
  readonly namespace: string
  readonly name: string
}

/** The rights of a Role, as in its manifest. */
interface PolicyRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly namespace: string }
}

/** Actions of an administrator. Each fails with an `Error` if the API server does not do it. */
export interface KubernetesAdmin {
  createNamespace(name: string): Promise<void>
  createServiceAccount(account: ServiceAccount): Promise<void>
  /** Makes a Role with these rules, in the account's namespace, for the account alone. */
  grant(account: ServiceAccount, rules: readonly PolicyRule[]): Promise<void>
  /** Makes the Roles, RoleBindings and Secrets of a List, as text of JSON. */
  apply(list: string): Promise<void>
  /** Lets the account ask whose token a token is, as Vault does: the ClusterRole `system:auth-delegator`. */
  allowTokenReview(account: ServiceAccount): Promise<void>
  /**
   * A real token by the TokenRequest API.
   *
   * @param options `lifetimeMs`: 1 hour by default, 10 minutes at least; `audiences`: the API server's own by default
   */
  issueToken(account: ServiceAccount, options?: TokenOptions): Promise<string>
}

/** The purpose of a token. */
interface TokenOptions {
  readonly lifetimeMs?: number
  readonly audiences?: readonly string[]
}

type Post = (request: { path: string; body: unknown }) => Promise<JsonAnswer>

const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const ROLES = { apiGroup: 'rbac.authorization.k8s.io' }

/** Makes the administrator's errands from one function that posts. */
export function createKubernetesAdmin(post: Post): KubernetesAdmin {
  const create = async (path: string, body: object): Promise<unknown> => {
    const { status, body: answer } = await post({ path, body })
    if (status === 201) return answer
    throw new Error(`The API server answered ${status} to POST ${path}`)
  }
  const namespaced = (namespace: string) => `/api/v1/namespaces/${namespace}`
  return {
    async createNamespace(name) {
      await create('/api/v1/namespaces', { metadata: { name } })
    },
    async createServiceAccount({ namespace, name }) {
      await create(`${namespaced(namespace)}/serviceaccounts`, { metadata: { name } })
    },
    async grant(account, rules) {
      const inNamespace = `${RBAC}/namespaces/${account.namespace}`
      const metadata = { generateName: `${account.name}-` }
      const role = (await create(`${inNamespace}/roles`, { metadata, rules })) as {
        metadata: { name: string }
      }
      const roleRef = { ...ROLES, kind: 'Role', name: role.metadata.name }
      const binding = { metadata, roleRef, subjects: subjects(account) }
      await create(`${inNamespace}/rolebindings`, binding)
    },
    apply: (list) => applyList(create, list),
    async allowTokenReview(account) {
      const metadata = { generateName: `${account.namespace}-${account.name}-` }
      const roleRef = { ...ROLES, kind: 'ClusterRole', name: 'system:auth-delegator' }
      const binding = { metadata, roleRef, subjects: subjects(account) }
      await create(`${RBAC}/clusterrolebindings`, binding)
    },
    async issueToken({ namespace, name }, { lifetimeMs = 3_600_000, audiences } = {}) {
      const spec = { expirationSeconds: lifetimeMs / 1_000, audiences }
      const path = `${namespaced(namespace)}/serviceaccounts/${name}/token`
      return ((await create(path, { spec })) as { status: { token: string } }).status.token
    },
  }
}

async function applyList(
  create: (path: string, body: object) => Promise<unknown>,
  list: string,
): Promise<void> {
  const { items } = JSON.parse(list) as { items: Manifest[] }
  for (const item of items) {
    const { apiVersion, kind, metadata } = item
    const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
    await create(`${group}/namespaces/${metadata.namespace}/${kind.toLowerCase()}s`, item)
  }
}

function subjects({ namespace, name }: ServiceAccount): object[] {
  return [{ kind: 'ServiceAccount', namespace, name }]
}
