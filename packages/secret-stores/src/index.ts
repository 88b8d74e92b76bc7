export { type DotenvStore, type DotenvStoreOptions, openDotenvStore } from './dotenv-store.ts'
export { createEnvSource, type EnvSourceOptions, type WatchableSource } from './env-source.ts'
export { createMemoryStore, type WatchableStore } from './memory-store.ts'
