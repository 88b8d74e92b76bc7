/**
 * Lets operators log in to a console by OpenID Connect.
 *
 * @module
 */
export {
  openOperatorLogin,
  type OpenOperatorLogin,
  type OperatorLoginOptions,
} from './open-operator-login.ts'
export { type LoginSettings, parseLoginSettings } from './login-settings.ts'
