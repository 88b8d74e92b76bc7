export { type DotenvStore, type DotenvStoreOptions, openDotenvStore } from './dotenv-store.ts'
export {
  createEnvSource,
  type EnvSource,
  type EnvSourceOptions,
  readReportKeys,
  type WatchableSource,
} from './env-source.ts'
export { firstOf } from './first-of.ts'
export type { ComposedSource, Inspectable, SourceWarning } from './inspectable.ts'
export { createMemoryStore, type MemoryStoreOptions, type WatchableStore } from './memory-store.ts'
export { fingerprintOf, stageKey } from './stored-stages.ts'
