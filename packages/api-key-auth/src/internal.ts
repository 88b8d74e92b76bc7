/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { ApiKeyAuthOptions, AuthEvent, ConnectedApiKeyAuthOptions } from './use/admit.ts'
export { API_KEY_FORMAT, type ApiKeyEnvironment } from './spec/api-key-format.ts'
export type { ApiKeyMarker } from './spec/api-key-markers.ts'
export { parseApiKey } from './spec/api-key.ts'
export {
  authenticate,
  type HeaderValue,
  type Outcome,
  type PublicRefusal,
} from './use/authenticate.ts'
export { KEY_PROOF_ANSWER } from './use/key-proof.ts'
export type { CallerListener } from './use/node.ts'
export type { SendEvent } from './use/refresh-gate.ts'
export type { FailureLimit, RefusalReason, Refused, Verified } from './use/verdict.ts'
