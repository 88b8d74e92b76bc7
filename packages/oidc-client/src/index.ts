export { oidcClient } from './oidc-client.ts'
export {
  createRotatingClient,
  type RotatingClient,
  type RotatingClientOptions,
} from './rotating-client.ts'
export { openSealedLogin, sealLogin } from './seal-login.ts'
export { findSignOut } from './sign-out.ts'
