/**
 * The rotation of client secrets, and the identity providers that it can change them at.
 *
 * @module
 */
export { type AdapterOptions, type AdapterOrder, adapterProvider } from './adapter-provider.ts'
export type { ClientSecretProvider, SecretChange } from './client-secret-provider.ts'
export type { KeycloakClientOptions } from './keycloak-admin.ts'
export { keycloakProvider } from './keycloak-provider.ts'
export { manualProvider, type ManualProviderOptions } from './manual-provider.ts'
export { oidcClientKind, type OidcClientKindOptions } from './oidc-client-kind.ts'
export type { ProviderPlace } from './provider-place.ts'
export { type RegistrationOptions, registrationProvider } from './registration-provider.ts'
export { type RegistrationToken, storedRegistrationToken } from './registration-token.ts'
