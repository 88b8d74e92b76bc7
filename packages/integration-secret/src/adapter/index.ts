/**
 * The client of an HTTP adapter that makes and revokes credentials at a third party, and the signature of its requests.
 *
 * @module
 */
export { adapterChecks } from '../conformance/index.ts'
export {
  createRequestVerifier,
  type RequestVerifierOptions,
  signAdapterRequest,
} from './sign-request.ts'
