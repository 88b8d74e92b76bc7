// What a store must allow, without the store's driver.
export { awsPolicyFor } from './aws/aws-policy.ts'
export { bindingFor, rbacFor } from './kubernetes/rbac.ts'
export { vaultPolicyFor } from './vault/kv/vault-policy.ts'
