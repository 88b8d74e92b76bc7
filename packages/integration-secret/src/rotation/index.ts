export { AdapterCredentials } from './adapter-credentials.ts'
export type { CredentialProvider, ProviderPlan } from './credential-provider.ts'
export { integrationKind, type IntegrationKindOptions } from './integration-kind.ts'
export {
  type HttpProof,
  manualCredentials,
  type ManualCredentialsOptions,
} from './manual-credentials.ts'
