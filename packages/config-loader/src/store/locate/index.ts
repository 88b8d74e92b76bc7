/**
 * Opens a store or source by its locator, such as `vault:secret/vpn`.
 *
 * @module
 */
import { BUILT_IN } from './built-in-stores.ts'

export { type OpenedSource, type OpenedStore } from './open-locator.ts'
export { parseLocator } from './open-place.ts'

/** The schemes of the built-in stores. */
export const SCHEMES: readonly string[] = BUILT_IN.map(({ scheme }) => scheme)
