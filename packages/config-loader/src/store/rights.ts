/**
 * The least rights in each store, without the driver of any.
 *
 * @module
 */
export { awsPolicyFor } from './aws/aws-policy.ts'
export {
  bindingFor,
  DISCOVERY_RULE,
  rbacFor,
  type RestartedWorkload,
  restartRules,
} from './kubernetes/rbac.ts'
export { emptySecret, objectName } from './kubernetes/secret-object.ts'
export { vaultPolicyFor } from './vault/kv/vault-policy.ts'
