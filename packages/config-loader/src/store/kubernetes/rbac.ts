import type { RestartedWorkload } from '@rekey/secret/internal'
import { objectName } from './secret-object.ts'

/** A Role's manifest (`rbac.authorization.k8s.io/v1`). */
export interface RoleManifest {
  readonly apiVersion: 'rbac.authorization.k8s.io/v1'
  readonly kind: 'Role'
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly rules: readonly RoleRule[]
}

/** A RoleBinding's manifest (`rbac.authorization.k8s.io/v1`). */
export interface RoleBindingManifest {
  readonly apiVersion: 'rbac.authorization.k8s.io/v1'
  readonly kind: 'RoleBinding'
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly roleRef: Readonly<Record<'apiGroup' | 'kind' | 'name', string>>
  readonly subjects: readonly (ServiceAccount & { readonly kind: 'ServiceAccount' })[]
}

/** A service account. */
interface ServiceAccount {
  readonly namespace: string
  readonly name: string
}

/** The rights of a Role. */
export interface RoleRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

/** Options of {@link rbacFor}. */
export interface RbacOptions {
  /** The namespace of the Secret objects. */
  readonly namespace: string
  /** The secrets: `API_KEY_FRONTEND_SIGNING`. */
  readonly names: readonly string[]
  /** The task of the role. */
  readonly may: KubernetesTask
}

/**
 * - `read`: a service that reads its secrets through the API, watched
 * - `rotate`: the rotator, also for the first version if the (empty) Secret is there already
 * - `create`: the same, and it makes the Secrets itself. RBAC cannot limit `create` by name, since there is no object yet
 *   to compare with (Kubernetes documentation, "Using RBAC Authorization: Referring to resources"): such an account can
 *   make any new Secret in the namespace, though not read or change one that is not named.
 */
export type KubernetesTask = 'read' | 'rotate' | 'create'

const VERBS: Readonly<Record<KubernetesTask, readonly string[]>> = {
  read: ['get', 'watch'],
  rotate: ['get', 'watch', 'patch'],
  create: ['get', 'watch', 'patch'],
}

/**
 * The least that a task needs, as a Role to apply. Without names it allows nothing but, if asked for, `create`.
 *
 * @throws {SecretError} `malformed` for a name that no object can have
 */
export function rbacFor({ namespace, names, may }: RbacOptions): RoleManifest {
  const secrets = { apiGroups: [''], resources: ['secrets'] }
  // An empty list of names would mean every Secret of the namespace.
  const named =
    names.length > 0
      ? [{ ...secrets, resourceNames: names.map(objectName), verbs: VERBS[may] }]
      : []
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: `rekey-${may}`, namespace },
    rules: may === 'create' ? [...named, { ...secrets, verbs: ['create'] }] : named,
  }
}

/** The right to find the replicas of Services by their EndpointSlices, as a rule of a Role. RBAC cannot limit `list` to a Service. */
export const DISCOVERY_RULE: RoleRule = {
  apiGroups: ['discovery.k8s.io'],
  resources: ['endpointslices'],
  verbs: ['list'],
}

/** The rights to restart workloads and to follow their pods, as rules of a Role. RBAC cannot limit `list` to the pods of a workload. */
export function restartRules(workloads: readonly RestartedWorkload[]): RoleRule[] {
  const rules = workloads.map(({ kind, name }) => ({
    apiGroups: ['apps'],
    resources: [`${kind.toLowerCase()}s`],
    resourceNames: [name],
    verbs: ['get', 'patch'],
  }))
  const pods = { apiGroups: [''], resources: ['pods'], verbs: ['list'] }
  return rules.length > 0 ? [...rules, pods] : []
}

/** Gives a Role to a service account, by a RoleBinding of the same name. */
export function bindingFor(
  { apiVersion, metadata }: RoleManifest,
  { namespace, name }: ServiceAccount,
): RoleBindingManifest {
  return {
    apiVersion,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', namespace, name }],
  }
}
