export { byHandProvider, type ByHandOptions } from './kinds/client-secret/by-hand.ts'
export type {
  ClientSecretProvider,
  ProviderPlan,
  SecretChange,
} from './kinds/client-secret/client-secret-provider.ts'
export { keycloakProvider } from './kinds/client-secret/keycloak.ts'
export type { KeycloakClientOptions } from './kinds/client-secret/keycloak-admin.ts'
export {
  registrationProvider,
  type RegistrationOptions,
} from './kinds/client-secret/registration.ts'
export {
  type RegistrationToken,
  storedRegistrationToken,
} from './kinds/client-secret/registration-token.ts'
export { oidcClientKind, type OidcClientKindOptions } from './kinds/oidc-client.ts'
