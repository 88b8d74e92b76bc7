export { type ClientAddress, discover } from './discover.ts'
export { oidcClient, type OidcClientOptions } from './oidc-client.ts'
export { proveClientSecret } from './prove-client-secret.ts'
export {
  createRotatingClient,
  type RotatingClient,
  type RotatingClientOptions,
} from './rotating-client.ts'
export { openSealedLogin, sealLogin } from './seal-login.ts'
export { findSignOut, type SignOutReturn } from './sign-out.ts'
