/**
 * What the other packages of Rekey need of this one. It changes without notice.
 *
 * @module
 */
export { integrationName, type IntegrationSecretOptions } from './integration-secret.ts'
