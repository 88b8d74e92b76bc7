export { type NoSecretLogger, withoutSecrets } from './no-secret-logger.ts'
export { type MasksText, redactValue } from './redact-value.ts'
export {
  createRedactor,
  type LeakEvent,
  type Marker,
  type Redactor,
  type RedactorOptions,
} from './redactor.ts'
export type { Around } from './redacts.ts'
export { createSecretSearch, type SecretSearch } from './secret-search.ts'
