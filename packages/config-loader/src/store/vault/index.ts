/**
 * HashiCorp Vault: sessions, KV version 2 as a store, dynamic database logins, and the policy that they take.
 *
 * @module
 */
export {
  openVaultDatabaseSource,
  type VaultDatabaseSourceOptions,
} from './database/database-source.ts'
export { openVaultStore, type VaultStoreOptions } from './kv/vault-store.ts'
export { appRoleAuth, type AuthMethod, kubernetesAuth, tokenAuth } from './session/auth-methods.ts'
