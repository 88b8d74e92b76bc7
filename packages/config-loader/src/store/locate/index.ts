/**
 * Opens a store or source by its locator, such as `vault:secret/vpn`.
 *
 * @module
 */
export { type OpenedSource, type OpenedStore, openSource } from './open-locator.ts'
export type { LocateOptions } from './opening.ts'
