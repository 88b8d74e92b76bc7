/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { AdapterCheck, AdapterUnderTest } from '../conformance/index.ts'
export {
  AdapterClient,
  type AdapterClientOptions,
  type Listing,
  type NewCredential,
  type Verdict,
} from './adapter-client.ts'
export { type AdapterRequest, type ReceivedRequest } from './sign-request.ts'
