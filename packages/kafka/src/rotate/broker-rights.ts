import type { Acl, alterClientQuotasV1, describeClientQuotasV0 } from '@platformatic/kafka'
import type { Ask, Client } from './broker-connection.ts'

/** The ACLs and quotas of a user. */
interface Rights {
  readonly acls: readonly Acl[]
  readonly quotas: readonly Quota[]
}

/** A quota of a user: of all its clients, or of one. */
type Quota = Awaited<ReturnType<(typeof describeClientQuotasV0.api)['async']>>['entries'][number]

type QuotaChanges = Parameters<(typeof alterClientQuotasV1.api)['async']>[1]

/** Gives one user the ACLs and quotas of another. */
export async function copyRights(from: string, to: string, ask: Ask): Promise<void> {
  const { acls, quotas } = await rightsOf(from, ask)
  const principal = principalOf(to)
  const creations = acls.map((acl) => ({ ...acl, principal }))
  if (creations.length > 0) {
    await ask(({ createAclsV3 }, connection) => createAclsV3.api.async(connection, creations))
  }
  await alterQuotas(to, quotas, ask, { remove: false })
}

/** Deletes the ACLs and quotas of a user: its open connections may do nothing more. */
export async function removeRights(user: string, ask: Ask): Promise<void> {
  await ask((client, connection) =>
    client.deleteAclsV3.api.async(connection, [filterOf(user, client)]),
  )
  const { quotas } = await rightsOf(user, ask)
  await alterQuotas(user, quotas, ask, { remove: true })
}

/** Lists the rights of one of two users that the other has not, in words. */
export async function compareRights(
  candidate: string,
  reference: string,
  ask: Ask,
): Promise<string[]> {
  const [has, had] = [await wordsOf(candidate, ask), await wordsOf(reference, ask)]
  const missing = had.filter((each) => !has.includes(each))
  const added = has.filter((each) => !had.includes(each))
  return [
    ...missing.map((each) => `${each} (of the old one)`),
    ...added.map((each) => `${each} (of the new one)`),
  ]
}

/** Lists the rights of a user in words, without its name: `ALLOW WRITE on TOPIC orders, PREFIXED, from *`. */
export async function wordsOf(user: string, ask: Ask): Promise<string[]> {
  const { acls, quotas } = await rightsOf(user, ask)
  const enums = await ask((client) => Promise.resolve(client))
  const name = (values: Readonly<Record<string, number>>, value: number) =>
    Object.keys(values).find((key) => values[key] === value) ?? String(value)
  return [
    ...acls.map((acl) => {
      const may = `${name(enums.AclPermissionTypes, acl.permissionType)} ${name(enums.AclOperations, acl.operation)}`
      const pattern = name(enums.ResourcePatternTypes, acl.resourcePatternType)
      const on = `${name(enums.ResourceTypes, acl.resourceType)} ${acl.resourceName}`
      return `${may} on ${on}, ${pattern}, from ${acl.host}`
    }),
    ...quotas.flatMap(({ entity, values }) => {
      const client = entity.find(({ entityType }) => entityType !== 'user')
      const of =
        client === undefined ? '' : ` of ${client.entityType} ${client.entityName ?? 'default'}`
      return values.map(({ key, value }) => `quota ${key} ${value}${of}`)
    }),
  ]
}

async function rightsOf(user: string, ask: Ask): Promise<Rights> {
  const { resources } = await ask((client, connection) =>
    client.describeAclsV3.api.async(connection, filterOf(user, client)),
  )
  const { entries } = await ask(({ describeClientQuotasV0, ClientQuotaMatchTypes }, connection) =>
    describeClientQuotasV0.api.async(
      connection,
      [{ entityType: 'user', matchType: ClientQuotaMatchTypes.EXACT, match: user }],
      false,
    ),
  )
  const acls = resources.flatMap(({ acls, ...resource }) =>
    acls.map((acl) => ({ ...resource, ...acl })),
  )
  return { acls, quotas: entries }
}

async function alterQuotas(
  user: string,
  quotas: readonly Quota[],
  ask: Ask,
  { remove }: { readonly remove: boolean },
): Promise<void> {
  const entries = quotas.map(({ entity, values }) => ({
    entities: entity.map(({ entityType, entityName }) => ({
      entityType,
      entityName: entityType === 'user' ? user : entityName,
    })),
    ops: values.map(({ key, value }) => ({ key, value, remove })),
  }))
  if (entries.length === 0) return
  await ask(({ alterClientQuotasV1 }, connection) =>
    alterClientQuotasV1.api.async(connection, entries as QuotaChanges, false),
  )
}

/** Every ACL of a user, of any resource, pattern, host and operation. */
function filterOf(user: string, client: Client) {
  return {
    resourceType: client.ResourceTypes.ANY,
    resourceName: null,
    resourcePatternType: client.ResourcePatternTypes.ANY,
    principal: principalOf(user),
    host: null,
    operation: client.AclOperations.ANY,
    permissionType: client.AclPermissionTypes.ANY,
  }
}

function principalOf(user: string): string {
  return `User:${user}`
}
