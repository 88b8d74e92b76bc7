export { apiKeyKind, type ApiKeyKindOptions } from './api-key-kind.ts'
