import type { StoreUse } from '@rekey/secret/internal'
import { bindingFor, DISCOVERY_RULE, rbacFor, type RoleManifest } from './rbac.ts'
import { emptySecret } from './secret-object.ts'

/** The Role of one holder in a namespace. @throws {SecretError} `malformed` for a name that no object can have */
export function roleFor(
  namespace: string,
  { who, read, rotate, discover }: Pick<StoreUse, 'who' | 'read' | 'rotate' | 'discover'>,
): RoleManifest {
  const reading = rbacFor({ namespace, names: read, may: 'read' })
  const { rules } = rbacFor({ namespace, names: rotate, may: 'rotate' })
  const metadata = { ...reading.metadata, name: `rekey-${who}` }
  const finding = discover.length > 0 ? [DISCOVERY_RULE] : []
  return { ...reading, metadata, rules: [...reading.rules, ...rules, ...finding] }
}

/**
 * A Role, its binding to the service account of that name, the empty Secrets of the journal, which the rotator may not create, and a
 * Role in each other namespace in which it finds replicas: as one `List` in JSON.
 */
export function kubernetesRights(namespace: string, use: StoreUse): string {
  const elsewhere = use.discover.filter((other) => other !== namespace)
  const here = use.discover.filter((other) => other === namespace)
  const roles = [
    roleFor(namespace, { ...use, discover: here }),
    ...elsewhere.map((other) =>
      roleFor(other, { who: use.who, read: [], rotate: [], discover: [other] }),
    ),
  ]
  const bound = roles.flatMap((role) => [role, bindingFor(role, { namespace, name: use.who })])
  const slots = use.journal.map((name) => emptySecret(name, namespace))
  const list = { apiVersion: 'v1', kind: 'List', items: [...bound, ...slots] }
  return JSON.stringify(list, undefined, 2)
}
