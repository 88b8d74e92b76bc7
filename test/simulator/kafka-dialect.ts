import crypto, { createHash, type pbkdf2 } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { isDeepStrictEqual } from 'node:util'
import { followKafka, kafkaLogin } from '@rekey/kafka'
import { kafkaKind } from '@rekey/kafka/rotate'
import { ADMINISTRATOR, type Dialect } from './account-kind.ts'
import type { AccountServer, ServerSession } from './account-server.ts'

/** Opens what a service works with. */
interface Kafka {
  produce(user: string, password: string): Promise<ServerSession>
}

// The real one takes the time of a thread, which is no virtual time. What is salted is a fake, and the digest may be a fast one.
Object.assign(crypto, {
  pbkdf2(...[password, salt, , , , done]: Parameters<typeof pbkdf2>) {
    done(null, Buffer.from(saltedBy((salt as Buffer).toString('hex'), password as string)))
  },
})
syncBuiltinESMExports()

const BROKER = { host: 'kafka', port: 9094 }
const MECHANISM = 2
/** In this order of the protocol `ANY` comes first after `UNKNOWN`. */
const ENUMS = {
  ResourceTypes: { ANY: 1, TOPIC: 2 },
  ResourcePatternTypes: { ANY: 1, LITERAL: 3 },
  AclOperations: { ANY: 1, WRITE: 4 },
  AclPermissionTypes: { ANY: 1, ALLOW: 3 },
  ClientQuotaMatchTypes: { EXACT: 0 },
}

/** An ACL without its principal, as it is created. */
interface Acl {
  readonly resourceType: number
  readonly resourceName: string
  readonly resourcePatternType: number
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}

const WRITE_ORDERS: Acl = {
  ...{ resourceType: 2, resourceName: 'orders', resourcePatternType: 3 },
  ...{ host: '*', operation: 4, permissionType: 3 },
}

/** Each login has a user of its own, whose ACLs are its rights; a replica works on one connection of its login. */
export const kafkaDialect: Dialect<Kafka> = {
  ...{ title: 'login of Kafka', name: 'kafka', kind: kafkaKind, spec: kafkaLogin },
  entry: {
    ...{ brokers: [`${BROKER.host}:${BROKER.port}`], mechanism: 'SCRAM-SHA-512', tls: true },
    administrator: ADMINISTRATOR,
  },
  valueOf: (user, password) => `${user}:${password}`,
  keep: (password) => saltedBy('', password),
  matches(kept, password) {
    const [salt = ''] = kept.split(':')
    return kept === saltedBy(salt, password)
  },
  refusal: () => Object.assign(new Error('refused'), { apiId: 'SASL_AUTHENTICATION_FAILED' }),
  rights: [WRITE_ORDERS],
  driver,
  async follow(live, kafka) {
    const followed = await followKafka(live, {
      open: ({ username, password }) => kafka.produce(username, password),
      close: (session) => {
        session.close()
      },
    })
    const call = () => followed.use((session) => session.use())
    return { call, close: () => followed.close() }
  },
}

function saltedBy(salt: string, password: string): string {
  return `${salt}:${createHash('sha256').update(salt).update(password).digest('hex')}`
}

/** With the part of `@platformatic/kafka` that is used. */
function driver(server: AccountServer): Kafka {
  const api = <T extends readonly unknown[], R>(answer: (...of: T) => R) => ({
    api: { async: (_connection: object, ...of: T) => server.ask(() => answer(...of)) },
  })
  const { accounts } = server
  const aclsOf = (user: string) => (accounts.get(user)?.rights ?? []) as readonly Acl[]
  const setAcls = (user: string, rights: readonly Acl[]) => {
    const { kept = [] } = accounts.get(user) ?? {}
    if (kept.length + rights.length === 0) accounts.delete(user)
    else accounts.set(user, { kept, rights })
  }
  const client = {
    ...ENUMS,
    produce: (user: string, password: string) => server.open(user, password),
    Connection: class Connection {
      readonly #login: readonly [user: string, password: string]
      #session: ServerSession | undefined

      constructor(_client: string, { sasl }: { sasl: Record<'username' | 'password', string> }) {
        this.#login = [sasl.username, sasl.password]
      }

      on() {
        return this
      }

      async connect() {
        this.#session = await server.open(...this.#login)
      }

      close() {
        this.#session?.close()
        return Promise.resolve()
      }
    },
    describeClusterV0: api(() => ({ brokers: [BROKER] })),
    describeUserScramCredentialsV0: api(() => {
      const all = [...accounts].filter(([, { kept }]) => kept.length > 0)
      return {
        results: all.map(([user]) => ({ user, credentialInfos: [{ mechanism: MECHANISM }] })),
      }
    }),
    alterUserScramCredentialsV0: api(
      (deletions: readonly Named[], upserts: readonly (Named & Salted)[]) => {
        for (const { name, saltedPassword } of upserts) {
          accounts.set(name, { kept: [String(saltedPassword)], rights: aclsOf(name) })
        }
        for (const { name } of deletions) {
          const rights = aclsOf(name)
          accounts.set(name, { kept: [], rights })
          setAcls(name, rights)
        }
      },
    ),
    describeAclsV3: api(({ principal }: Principal) => ({
      resources: aclsOf(userIn(principal)).map(
        ({ host, operation, permissionType, ...resource }) => ({
          ...resource,
          acls: [{ principal, host, operation, permissionType }],
        }),
      ),
    })),
    createAclsV3: api((acls: readonly (Acl & Principal)[]) => {
      for (const { principal, ...acl } of acls) {
        const others = aclsOf(userIn(principal)).filter((each) => !isDeepStrictEqual(each, acl))
        setAcls(userIn(principal), [...others, acl])
      }
    }),
    deleteAclsV3: api((filters: readonly Principal[]) => {
      for (const { principal } of filters) setAcls(userIn(principal), [])
    }),
    describeClientQuotasV0: api(() => ({ entries: [] })),
  }
  return client
}

interface Named {
  readonly name: string
}

interface Salted {
  readonly saltedPassword: Buffer
}

interface Principal {
  readonly principal: string
}

function userIn(principal: string): string {
  return principal.replace('User:', '')
}
