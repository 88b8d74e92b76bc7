/**
 * Sources and stores that need no package of their own: `.env` files, the environment, mounted directories, memory.
 *
 * @module
 */
export { type DotenvStoreOptions, openDotenvStore } from './dotenv-store.ts'
export { createEnvSource, type EnvSourceOptions } from './env-source.ts'
export { firstOf } from './first-of.ts'
export { createMemoryStore, type MemoryStoreOptions, type WatchableStore } from './memory-store.ts'
export { type MountSourceOptions, openMountSource } from './mount/mount-source.ts'
export { openSource, openStore } from './locate/open-locator.ts'
export type { LocateOptions } from './locate/opening.ts'
