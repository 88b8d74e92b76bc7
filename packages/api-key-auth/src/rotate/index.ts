/**
 * The rotation of API keys, for a family or a rotator of your own.
 *
 * @module
 */
export { apiKeyKind, type ApiKeyKindOptions } from './api-key-kind.ts'
