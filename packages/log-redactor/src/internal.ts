/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { Log4jsAppender } from './adapters/log4js.ts'
export type { WinstonFormat } from './adapters/winston.ts'
export { isSecretVariable } from './guard/environment-secrets.ts'
export type { MasksText } from './redact-value.ts'
export type { Marker } from './redactor.ts'
export type { Around } from './redacts.ts'
export { createSecretSearch, type SecretSearch } from './secret-search.ts'
