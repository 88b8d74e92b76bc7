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
