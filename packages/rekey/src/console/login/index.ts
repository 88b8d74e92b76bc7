/**
 * Lets operators log in to a console by OpenID Connect.
 *
 * @module
 */
export { parseLoginSettings } from './login-settings.ts'
export { openOperatorLogin } from './open-operator-login.ts'
