/**
 * The client of an HTTP adapter that makes and revokes credentials at a third party, and the signature of its requests.
 *
 * @module
 */
export {
  AdapterClient,
  type AdapterClientOptions,
  type Listing,
  type NewCredential,
  type Verdict,
} from './adapter-client.ts'
export {
  type AdapterRequest,
  createRequestVerifier,
  type ReceivedRequest,
  type RequestVerifierOptions,
  signAdapterRequest,
} from './sign-request.ts'
