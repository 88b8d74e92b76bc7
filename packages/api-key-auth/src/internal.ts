/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export { API_KEY_FORMAT } from './spec/api-key-format.ts'
export { parseApiKey } from './spec/api-key.ts'
export { authenticate, type PublicRefusal } from './use/authenticate.ts'
export { KEY_PROOF_ANSWER } from './use/key-proof.ts'
export type { SendEvent } from './use/refresh-gate.ts'
export type { RefusalReason } from './use/verdict.ts'
