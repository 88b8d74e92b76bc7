import type { StoreUse } from '@rekey/secret/internal'
import { bindingFor, DISCOVERY_RULE, rbacFor, restartRules, type RoleManifest } from './rbac.ts'
import { emptySecret } from './secret-object.ts'

/** The Role of one holder in a namespace. @throws {SecretError} `malformed` for a name that no object can have */
export function roleFor(
  namespace: string,
  { who, read, rotate, discover, restart }: Omit<StoreUse, 'journal' | 'borrow' | 'redeploy'>,
): RoleManifest {
  const reading = rbacFor({ namespace, names: read, may: 'read' })
  const { rules } = rbacFor({ namespace, names: rotate, may: 'rotate' })
  const metadata = { ...reading.metadata, name: `rekey-${who}` }
  const finding = discover.length > 0 ? [DISCOVERY_RULE] : []
  return {
    ...reading,
    metadata,
    rules: [...reading.rules, ...rules, ...finding, ...restartRules(restart)],
  }
}

/**
 * A Role, its binding to the service account of that name, the empty Secrets of the journal, which the rotator may not create, and a
 * Role in each other namespace in which it finds or restarts replicas: as one `List` in JSON.
 */
export function kubernetesRights(namespace: string, use: StoreUse): string {
  const at = (place: string) => ({
    who: use.who,
    discover: use.discover.filter((other) => other === place),
    restart: use.restart.filter((workload) => workload.namespace === place),
  })
  const named = [...use.discover, ...use.restart.map((workload) => workload.namespace)]
  const elsewhere = [...new Set(named)].filter((other) => other !== namespace)
  const roles = [
    roleFor(namespace, { ...use, ...at(namespace) }),
    ...elsewhere.map((other) => roleFor(other, { ...at(other), read: [], rotate: [] })),
  ]
  const bound = roles.flatMap((role) => [role, bindingFor(role, { namespace, name: use.who })])
  const slots = use.journal.map((name) => emptySecret(name, namespace))
  const list = { apiVersion: 'v1', kind: 'List', items: [...bound, ...slots] }
  return JSON.stringify(list, undefined, 2)
}
