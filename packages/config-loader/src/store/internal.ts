/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { DotenvStore } from './dotenv-store.ts'
export { type EnvSource, readReportKeys, type WatchableSource } from './env-source.ts'
export type { ComposedSource, Inspectable, SourceWarning } from './inspectable.ts'
export type { MountDescription } from './mount/describe-mount.ts'
export type { MountSource } from './mount/mount-source.ts'
export type { TrailingNewline } from './mount/mount-stages.ts'
export type { MountChange } from './mount/watch-mount.ts'
export { fingerprintOf, stageKey } from './stored-stages.ts'
