/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { ApiKeyAuthOptions, AuthEvent, ConnectedApiKeyAuthOptions } from './admit.ts'
export { API_KEY_FORMAT, type ApiKeyEnvironment } from './api-key-format.ts'
export type { ApiKeyMarker } from './api-key-markers.ts'
export { parseApiKey } from './api-key.ts'
export { authenticate, type HeaderValue, type Outcome, type PublicRefusal } from './authenticate.ts'
export { KEY_PROOF_ANSWER } from './key-proof.ts'
export type { CallerListener } from './node.ts'
export type { SendEvent } from './refresh-gate.ts'
export type { FailureLimit, RefusalReason, Refused, Verified } from './verdict.ts'
