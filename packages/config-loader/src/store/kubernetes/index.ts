/**
 * Secret objects of Kubernetes as a store, over its API, and the role that it takes.
 *
 * @module
 */
export { type KubernetesStoreOptions, openKubernetesStore } from './kubernetes-store.ts'
export { findKubernetesAccess } from './kubernetes-access.ts'
