/**
 * HashiCorp Vault: sessions, KV version 2 as a store, dynamic database logins, and the policy that they take.
 *
 * @module
 */
export {
  openVaultDatabaseSource,
  type VaultDatabaseLogin,
  type VaultDatabaseSource,
  type VaultDatabaseSourceOptions,
} from './database/database-source.ts'
export {
  isVaultReason,
  type VaultAnswer,
  type VaultLogin,
  type VaultReason,
} from './http/vault-answer.ts'
export {
  createVaultClient,
  type VaultClientOptions,
  type VaultConnection,
  type VaultRequest,
} from './http/vault-client.ts'
export type { KvMount } from './kv/kv-path.ts'
export { vaultPolicyFor, type VaultPolicyOptions } from './kv/vault-policy.ts'
export { openVaultStore, type VaultStore, type VaultStoreOptions } from './kv/vault-store.ts'
export {
  appRoleAuth,
  type AppRoleAuthOptions,
  type AuthMethod,
  kubernetesAuth,
  type KubernetesAuthOptions,
  tokenAuth,
  type TokenAuthOptions,
} from './session/auth-methods.ts'
export type { LeaseRequest } from './session/lease-keeper.ts'
export type { LeaseEnd, VaultLease } from './session/session-token.ts'
export type { VaultEvent, VaultEventType } from './session/vault-event.ts'
export {
  openVaultSession,
  type VaultSession,
  type VaultSessionOptions,
} from './session/vault-session.ts'
