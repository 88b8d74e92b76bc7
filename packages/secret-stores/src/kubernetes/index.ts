/**
 * Secret objects of Kubernetes as a store, over its API, and the role that it takes.
 *
 * @module
 */
export { findKubernetesAccess, type KubernetesAccess } from './kubernetes-access.ts'
export {
  type KubernetesStore,
  type KubernetesStoreOptions,
  openKubernetesStore,
} from './kubernetes-store.ts'
export {
  bindingFor,
  type KubernetesTask,
  rbacFor,
  type RbacOptions,
  type RoleBindingManifest,
  type RoleManifest,
  type RoleRule,
} from './rbac.ts'
export { objectName } from './secret-object.ts'
