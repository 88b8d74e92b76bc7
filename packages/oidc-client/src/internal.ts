/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export { type ClientAddress, discover } from './spec/discover.ts'
export type { OidcClientOptions } from './spec/oidc-client.ts'
export { proveClientSecret } from './spec/prove-client-secret.ts'
export type { SignOutReturn } from './use/sign-out.ts'
