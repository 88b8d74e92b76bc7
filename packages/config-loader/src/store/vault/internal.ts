/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export * from './index.ts'
export type { VaultDatabaseLogin, VaultDatabaseSource } from './database/database-source.ts'
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
export type { VaultPolicyOptions } from './kv/vault-policy.ts'
export type { VaultStore } from './kv/vault-store.ts'
export type {
  AppRoleAuthOptions,
  KubernetesAuthOptions,
  TokenAuthOptions,
} from './session/auth-methods.ts'
export type { LeaseRequest } from './session/lease-keeper.ts'
export type { LeaseEnd, VaultLease } from './session/session-token.ts'
export type { VaultEvent, VaultEventType } from './session/vault-event.ts'
export {
  openVaultSession,
  type VaultSession,
  type VaultSessionOptions,
} from './session/vault-session.ts'
