export { type FollowedIntegration, followIntegration } from './use/follow-integration.ts'
export { integrationSecret } from './spec/integration-secret.ts'
