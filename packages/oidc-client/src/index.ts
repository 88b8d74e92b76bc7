export { oidcClient } from './spec/oidc-client.ts'
export {
  createRotatingClient,
  type RotatingClient,
  type RotatingClientOptions,
} from './use/rotating-client.ts'
export { openSealedLogin, sealLogin } from './use/seal-login.ts'
export { findSignOut } from './use/sign-out.ts'
