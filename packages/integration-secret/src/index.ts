export { type FollowedIntegration, followIntegration } from './follow-integration.ts'
export {
  integrationName,
  integrationSecret,
  type IntegrationSecretOptions,
} from './integration-secret.ts'
