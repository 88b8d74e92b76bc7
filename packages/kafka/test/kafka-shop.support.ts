import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'
import * as client from '@platformatic/kafka'
import { newPassword, openRotatedService } from '@rekey/rotated-service'
import type { Kafka } from '@rekey/testbed'
import { onTestFinished } from 'vitest'
import { kafkaLogin } from '../src/index.ts'
import { kafkaKind } from '../src/rotate/index.ts'

const { AclOperations, AclPermissionTypes, ResourcePatternTypes, ResourceTypes } = client
export const ADMINISTRATOR = 'KAFKA_ADMINISTRATOR'
const MECHANISM = 'SCRAM-SHA-512'

const ALL_ACLS = {
  ...{ resourceType: ResourceTypes.ANY, resourceName: null, host: null },
  ...{ resourcePatternType: ResourcePatternTypes.ANY, operation: AclOperations.ANY },
  permissionType: AclPermissionTypes.ANY,
}

interface Login {
  readonly mechanism?: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}

/** Opens a connection that logs in. */
export async function connectAs(broker: string, login: Login): Promise<client.Connection> {
  const [host = '', port = ''] = broker.split(':')
  const connection = new client.Connection('test', { sasl: { mechanism: MECHANISM, ...login } })
  connection.on('error', () => undefined)
  await connection.connect(host, Number(port))
  return connection
}

/** A right as tests write it: `WRITE TOPIC orders`. */
export function aclOf(
  words: string,
  more: Partial<client.Acl> = {},
): Omit<client.Acl, 'principal'> {
  const [operation = '', type = '', resourceName = ''] = words.split(' ')
  return {
    resourceType: ResourceTypes[type as client.ResourceTypeLabel],
    ...{ resourceName, resourcePatternType: ResourcePatternTypes.LITERAL, host: '*' },
    operation: AclOperations[operation as client.AclOperationLabel],
    permissionType: AclPermissionTypes.ALLOW,
    ...more,
  }
}

/** Sends a record by an open connection: `accepted`, or the code of the broker. */
export async function produceBy(connection: client.Connection, topic: string): Promise<string> {
  const record = { topic, partition: 0, value: Buffer.from('stray') }
  try {
    await client.produceV11.api.async(connection, -1, 5_000, [record], {})
    return 'accepted'
  } catch (error) {
    const [first] = (error as { errors?: { apiId: string }[] }).errors ?? []
    return first?.apiId ?? String(error)
  }
}

/** The calls of an administrator. */
export async function administer({ broker, administrator }: Kafka) {
  const { user, password } = administrator
  const connection = await connectAs(broker, { username: user, password: password.expose() })
  const users = async () => {
    const { results } = await client.describeUserScramCredentialsV0.api.async(connection, [])
    return results.map((each) => each.user).sort()
  }
  return {
    users,
    close: () => connection.close(),
    /** Removes what a test left of its users and their rights. */
    async clean() {
      const noAcls = (error: Error) => {
        if (!inspect(error).includes('SECURITY_DISABLED')) throw error
      }
      const { results } = await client.describeUserScramCredentialsV0.api.async(connection, [])
      const shops = results.filter((each) => each.user.startsWith('shop'))
      const all = [{ ...ALL_ACLS, principal: null }]
      await client.deleteAclsV3.api.async(connection, all).catch(noAcls)
      for (const { user: name, credentialInfos } of shops) {
        for (const { mechanism } of credentialInfos) {
          const deletion = { name, mechanism: mechanism as 1 | 2 }
          await client.alterUserScramCredentialsV0.api.async(connection, [deletion], [])
        }
      }
    },
    shops: async () => (await users()).filter((name) => name.startsWith('shop')),
    async addUser(name: string, password: string, sha: 256 | 512 = 512) {
      const salt = randomBytes(16)
      const digest = `sha${sha}`
      const saltedPassword = pbkdf2Sync(password, salt, 4096, sha / 8, digest)
      const mechanism = sha === 256 ? 1 : 2
      const credential = { name, mechanism, iterations: 4096, salt, saltedPassword } as const
      await client.alterUserScramCredentialsV0.api.async(connection, [], [credential])
      // A broker has it some time after the controller.
      const tries = () =>
        connectAs(broker, { username: name, password, mechanism: `SCRAM-SHA-${sha}` })
      for (let left = 50; left > 0; left -= 1) {
        const accepted = await tries().catch(() => undefined)
        if (accepted !== undefined) return accepted.close()
        await delay(50)
      }
      throw new Error(`no broker has the user ${name}`)
    },
    async allow(user: string, ...acls: readonly Omit<client.Acl, 'principal'>[]) {
      if (acls.length === 0) return
      const creations = acls.map((acl) => ({ ...acl, principal: `User:${user}` }))
      await client.createAclsV3.api.async(connection, creations)
    },
    async aclsOf(user: string) {
      const filter = { ...ALL_ACLS, principal: `User:${user}` }
      const { resources } = await client.describeAclsV3.api.async(connection, filter)
      const all = resources.flatMap(({ acls, ...on }) => acls.map((acl) => ({ ...on, ...acl })))
      return all
        .map((acl) => JSON.stringify(Object.entries({ ...acl, principal: '' }).sort()))
        .sort()
    },
    async setQuota(user: string, value: number, clientId?: string) {
      const entities: client.AlterClientQuotasOptions['entries'][number]['entities'] = [
        { entityType: 'user', entityName: user },
        ...(clientId === undefined
          ? []
          : [{ entityType: 'client-id' as const, entityName: clientId }]),
      ]
      const ops = [{ key: 'producer_byte_rate', value, remove: false }]
      const entries = [{ entities, ops }] as unknown as client.AlterClientQuotasOptions['entries']
      await client.alterClientQuotasV1.api.async(connection, entries, false)
    },
    async quotasOf(user: string) {
      const match = { entityType: 'user', matchType: 0, match: user } as const
      const { entries } = await client.describeClientQuotasV0.api.async(connection, [match], false)
      const other = entries.map(({ entity, values }) => ({
        of: entity.filter(({ entityType }) => entityType !== 'user').map((each) => each.entityName),
        values: values.map(({ key, value }) => `${key} ${value}`),
      }))
      return other.sort((a, b) => a.of.length - b.of.length)
    },
    async createTopic(name: string, partitions = 2) {
      const admin = new client.Admin({
        ...{ clientId: 'test', bootstrapBrokers: [broker] },
        sasl: { mechanism: MECHANISM, username: user, password: password.expose() },
      })
      await admin.createTopics({ topics: [name], partitions, replicas: 1 })
      await admin.close()
    },
  }
}

/** The rights that a service with a producer and a consumer has. */
export const SHOP_RIGHTS = [
  aclOf('WRITE TOPIC orders', { resourcePatternType: ResourcePatternTypes.PREFIXED }),
  aclOf('READ TOPIC orders', { resourcePatternType: ResourcePatternTypes.PREFIXED }),
  aclOf('READ GROUP shop', { resourcePatternType: ResourcePatternTypes.PREFIXED }),
]

export type KafkaAdmin = Awaited<ReturnType<typeof administer>>

/** A service with a user at a cluster, and the rotation of its login. */
export async function openShop(
  kafka: Kafka,
  admin: KafkaAdmin,
  { rights = SHOP_RIGHTS }: { readonly rights?: typeof SHOP_RIGHTS } = {},
) {
  const password = newPassword()
  await admin.addUser('shop', password)
  await admin.allow('shop', ...rights)
  const value = `shop:${password}`
  const rotated = await openRotatedService({
    ...{ kind: kafkaKind, spec: kafkaLogin(), value },
    entry: {
      ...{ brokers: [kafka.broker], mechanism: MECHANISM, tls: false },
      administrator: { user: kafka.administrator.user, passwordName: ADMINISTRATOR },
    },
    held: { [ADMINISTRATOR]: kafka.administrator.password.expose() },
    parts: { pollMs: 50, deadlineMs: 20_000 },
  })
  onTestFinished(() => admin.clean())
  const accepts = async (login: string) => {
    try {
      await (await connectAs(kafka.broker, loginOf(login))).close()
      return true
    } catch (error) {
      if (String((error as Error).cause).includes('SASL authentication failed')) return false
      throw error
    }
  }
  const userNow = async () => loginOf(await rotated.current()).username
  return { ...rotated, admin, value, accepts, userNow }
}

export type Shop = Awaited<ReturnType<typeof openShop>>

/** Reads `USER:PASSWORD`. */
export function loginOf(text: string): Login {
  const at = text.indexOf(':')
  return { username: text.slice(0, at), password: text.slice(at + 1) }
}

/** Has the service report that it uses the newest login, as a client would. */
export function reportingUse(shop: Shop): Shop {
  const { secret } = shop
  const over = new AbortController()
  onTestFinished(() => {
    over.abort()
  })
  const report = (version: string) => {
    secret.usage.hold('test', [version])
    secret.usage.record(version)
  }
  const follow = async () => {
    for await (const { current } of secret.changes(over.signal)) report(current.version)
  }
  report(secret.current.version)
  void follow()
  return shop
}
