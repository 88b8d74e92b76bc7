/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export { integrationName, type IntegrationSecretOptions } from './spec/integration-secret.ts'
