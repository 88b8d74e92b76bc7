/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export { isSecretVariable } from './guard/environment-secrets.ts'
export type { Marker } from './redactor.ts'
export { createSecretSearch } from './secret-search.ts'
