/**
 * A directory that Kubernetes mounts, or that is laid out alike, as a source.
 *
 * @module
 */
export { describeMount, type MountDescription } from './describe-mount.ts'
export type { MountChange } from './watch-mount.ts'
export { type MountSource, type MountSourceOptions, openMountSource } from './mount-source.ts'
export type { TrailingNewline } from './mount-stages.ts'
