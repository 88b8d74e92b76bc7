/**
 * The least rights in each store, without the driver of any.
 *
 * @module
 */
import type { StoreUse } from '@rekey/secret/internal'
import { awsPolicyFor } from './aws/aws-policy.ts'
import { parseGcpPlace, vaultName } from './cloud/cloud-names.ts'
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

const GCP_READS = 'secretmanager.secrets.get,secretmanager.versions.access'
const GCP_WRITES =
  'secretmanager.secrets.update,secretmanager.versions.add,secretmanager.versions.destroy'

/** Commands of gcloud: two roles of the project, then a binding for each secret. The secrets of a journal are made, so that a rotator makes none. */
export function gcpRights(place: string, { who, read, rotate, journal }: StoreUse): string {
  const { parent, idOf } = parseGcpPlace(place)
  const project = `--project=${parent.slice('projects/'.length)}`
  const bind = (names: readonly string[], role: string) =>
    names.map((name) => {
      const roles = `--role=${parent}/roles/${role} --member="$MEMBER"`
      return `gcloud secrets add-iam-policy-binding ${idOf(name)} ${project} ${roles}`
    })
  return [
    `# MEMBER: the service account of ${who}, as serviceAccount:EMAIL. Once in a project:`,
    `# gcloud iam roles create rekeyReader ${project} --permissions=${GCP_READS}`,
    `# gcloud iam roles create rekeyRotator ${project} --permissions=${GCP_READS},${GCP_WRITES}`,
    ...journal.map(
      (name) => `gcloud secrets create ${idOf(name)} ${project} --replication-policy=automatic`,
    ),
    ...bind(read, 'rekeyReader'),
    ...bind(rotate, 'rekeyRotator'),
  ].join('\n')
}

/** Commands of az: a role for each secret that is read. */
export function azureRights(_place: string, { who, read }: StoreUse): string {
  const role = '--assignee-object-id "$PRINCIPAL" --role "Key Vault Secrets User"'
  return [
    `# PRINCIPAL: the object id of the identity of ${who}. VAULT: the resource id of the key vault.`,
    ...read.map(
      (name) => `az role assignment create ${role} --scope "$VAULT/secrets/${vaultName(name)}"`,
    ),
  ].join('\n')
}
