/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export { AdapterClient, type NewCredential } from './adapter-client.ts'
