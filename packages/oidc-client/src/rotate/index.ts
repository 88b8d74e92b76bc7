/**
 * The rotation of client secrets, and the identity providers that it can change them at.
 *
 * @module
 */
export { type AdapterOrder, adapterProvider } from './adapter-provider.ts'
export type { ClientSecretProvider } from './client-secret-provider.ts'
export { keycloakProvider } from './keycloak-provider.ts'
export { manualProvider } from './manual-provider.ts'
export { oidcClientKind, type OidcClientKindOptions } from './oidc-client-kind.ts'
export type { ProviderPlace } from './provider-place.ts'
export { registrationProvider } from './registration-provider.ts'
export { storedRegistrationToken } from './registration-token.ts'
