/**
 * Secret objects of Kubernetes as a store, over its API, and the role that it takes.
 *
 * @module
 */
export {
  createEndpointSlices,
  type EndpointSlicesOptions,
  type SliceEndpoint,
} from './endpoint-slices.ts'
export { findKubernetesAccess, type KubernetesAccess } from './kubernetes-access.ts'
export {
  type KubernetesStore,
  type KubernetesStoreOptions,
  openKubernetesStore,
} from './kubernetes-store.ts'
export {
  bindingFor,
  DISCOVERY_RULE,
  type KubernetesTask,
  rbacFor,
  type RbacOptions,
  type RoleBindingManifest,
  type RoleManifest,
  type RoleRule,
} from './rbac.ts'
export {
  createEventRecorder,
  type EventRecorderOptions,
  EVENTS_RULE,
  type RecordedEvent,
} from './record-event.ts'
export { objectName } from './secret-object.ts'
