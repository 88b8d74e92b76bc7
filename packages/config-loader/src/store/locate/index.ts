/**
 * Opens a store or source by its locator, such as `vault:secret/vpn`.
 *
 * @module
 */
export { type OpenedSource, type OpenedStore } from './open-locator.ts'
