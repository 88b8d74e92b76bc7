export { type FollowedIntegration, followIntegration } from './follow-integration.ts'
export { integrationSecret } from './integration-secret.ts'
