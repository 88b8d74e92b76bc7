/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export * from './index.ts'
export {
  createEndpointSlices,
  type EndpointSlicesOptions,
  type SliceEndpoint,
} from './endpoint-slices.ts'
export { type KubernetesAccess } from './kubernetes-access.ts'
export type { KubernetesStore } from './kubernetes-store.ts'
export {
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
export {
  type Annotation,
  createWorkload,
  type KubernetesWorkload,
  WORKLOAD_KINDS,
  type WorkloadOptions,
  type WorkloadPod,
  type WorkloadState,
} from './workload.ts'
