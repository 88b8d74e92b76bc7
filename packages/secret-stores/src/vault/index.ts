export { appRoleAuth, type AppRoleAuthOptions } from './app-role-auth.ts'
export type { AuthMethod } from './auth-method.ts'
export type { LeaseEnd, VaultLease } from './held-lease.ts'
export { kubernetesAuth, type KubernetesAuthOptions } from './kubernetes-auth.ts'
export type { LeaseRequest } from './lease-keeper.ts'
export {
  openVaultDatabaseSource,
  type VaultDatabaseLogin,
  type VaultDatabaseSource,
  type VaultDatabaseSourceOptions,
} from './open-vault-database-source.ts'
export {
  openVaultSession,
  type VaultSession,
  type VaultSessionOptions,
} from './open-vault-session.ts'
export { tokenAuth, type TokenAuthOptions } from './token-auth.ts'
export type { VaultEvent, VaultEventType } from './vault-event.ts'
export { createVaultClient, type VaultClientOptions } from './vault-client.ts'
export type {
  VaultAnswer,
  VaultAuth,
  VaultConnection,
  VaultRequest,
  VaultWrapInfo,
} from './vault-connection.ts'
export { isVaultReason, type VaultReason } from './vault-failure.ts'
export type { KvMount } from './kv-mount.ts'
export { vaultPolicyFor, type VaultPolicyOptions } from './vault-policy.ts'
export { openVaultStore, type VaultStore, type VaultStoreOptions } from './vault-store.ts'
