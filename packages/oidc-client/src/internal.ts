/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export { type ClientAddress, discover } from './discover.ts'
export type { OidcClientOptions } from './oidc-client.ts'
export { proveClientSecret } from './prove-client-secret.ts'
export type { SignOutReturn } from './sign-out.ts'
