/**
 * The least rights in each store, without the driver of any.
 *
 * @module
 */
import type { StoreUse } from '@rekey/secret/internal'
import { awsPolicyFor } from './aws/aws-policy.ts'
import { vaultPolicyFor } from './vault/kv/vault-policy.ts'

export { kubernetesRights, roleFor } from './kubernetes/kubernetes-rights.ts'
export { DISCOVERY_RULE } from './kubernetes/rbac.ts'
export { objectName } from './kubernetes/secret-object.ts'

/** A policy of Vault, in HCL, for a mount of KV version 2. */
export function vaultRights(place: string, { read, rotate, borrow }: StoreUse): string {
  const [path = '', ...rest] = place.split('/')
  const scope = { mount: { path, version: 2 }, prefix: rest.join('/') } as const
  return vaultPolicyFor({ ...scope, read, rotate, borrow })
}

/** A policy of IAM, in JSON. */
export function awsRights(prefix: string, { read, rotate, redeploy }: StoreUse): string {
  const restarting = redeploy.map(({ cluster, service, region = '*' }) => ({
    Effect: 'Allow',
    Action: ['ecs:DescribeServices', 'ecs:TagResource', 'ecs:UpdateService'],
    Resource: [`arn:aws:ecs:${region}:*:service/${cluster}/${service}`],
  }))
  const Statement = [
    ...(read.length > 0 ? awsPolicyFor(read, { prefix, access: 'read' }).Statement : []),
    ...(rotate.length > 0 ? awsPolicyFor(rotate, { prefix, access: 'rotate' }).Statement : []),
    ...restarting,
  ]
  return JSON.stringify({ Version: '2012-10-17', Statement }, undefined, 2)
}
