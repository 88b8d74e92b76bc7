/**
 * Lets operators log in to a console by OpenID Connect.
 *
 * @module
 */
export { type LoginSettings, parseLoginSettings } from './login-settings.ts'
export {
  openOperatorLogin,
  type OpenOperatorLogin,
  type OperatorLoginOptions,
} from './open-operator-login.ts'
