export { type OpenedSource, type OpenedStore, openSource, openStore } from './open-locator.ts'
export type { LocateOptions } from './opening.ts'
