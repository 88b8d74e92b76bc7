import { followMongo, type MongoDbClient, mongoDbLogin } from '@rekey/mongodb'
import { mongoDbKind } from '@rekey/mongodb/rotate'
import { ADMINISTRATOR, type Dialect } from './account-kind.ts'
import type { AccountServer, ServerSession } from './account-server.ts'

/** The driver. A client can do some work in its connection. */
interface Mongo {
  readonly MongoClient: new (url: string) => MongoDbClient & { work(): Promise<void> }
}

const DATABASE = 'admin'
const ROLES = [{ role: 'readWrite', db: 'shop' }]

/** Each login has a user of its own; a replica works on one connection of the client of its login. */
export const mongodbDialect: Dialect<Mongo> = {
  ...{ title: 'login of MongoDB', name: 'mongodb', kind: mongoDbKind, spec: mongoDbLogin },
  entry: { administrator: { ...ADMINISTRATOR, authSource: DATABASE }, listsSessions: true },
  valueOf: (user, password) => `mongodb://${user}:${password}@mongodb/?tls=true`,
  keep: (password) => password,
  matches: (kept, password) => kept === password,
  refusal: () => serverError(18),
  rights: ROLES,
  driver,
  async follow(live, { MongoClient }) {
    const followed = await followMongo(live, { open: (url) => new MongoClient(url) })
    return { call: () => followed.current.work(), close: () => followed.close() }
  },
}

function serverError(code: number): Error {
  return Object.assign(new Error('refused'), { name: 'MongoServerError', code })
}

interface Command {
  readonly usersInfo?: 1 | readonly { readonly user: string }[]
  readonly createUser?: string
  readonly updateUser?: string
  readonly dropUser?: string
  readonly killAllSessions?: readonly { readonly user: string }[]
  readonly pwd?: string
  readonly roles?: readonly object[]
}

/** The part of the driver of MongoDB that is used. */
function driver(server: AccountServer): Mongo {
  return {
    MongoClient: class MongoClient {
      readonly options: { readonly hosts: readonly string[] }
      readonly #login: readonly [user: string, password: string]
      #session: ServerSession | undefined
      #ends: (() => void)[] = []
      #refused: (event: object) => void = () => undefined

      constructor(url: string) {
        const { username, password, host } = new URL(url)
        this.options = { hosts: [host] }
        this.#login = [username, password]
      }

      async connect() {
        this.#session = await server.open(...this.#login)
      }

      on(_event: string, listener: (event: object) => void) {
        this.#refused = listener
      }

      startSession() {
        return { once: (_event: string, ended: () => void) => this.#ends.push(ended) }
      }

      db() {
        return {
          command: (command: Command) => server.ask(() => answer(server, command)),
          aggregate: () => ({ toArray: () => server.ask(() => listed(server)) }),
        }
      }

      /** Does some work, on a new connection where there is none. */
      async work() {
        this.startSession()
        try {
          if (this.#session?.isOpen !== true) await this.#connectAgain()
          await this.#session?.use()
        } finally {
          this.#ends.shift()?.()
        }
      }

      close() {
        this.#session?.close()
        return Promise.resolve()
      }

      async #connectAgain() {
        try {
          await this.connect()
        } catch (error) {
          this.#refused({ error })
          throw error
        }
      }
    },
  }
}

function listed({ sessions }: AccountServer) {
  return Array.from(sessions, ({ user, process: { name } }) => ({
    effectiveUsers: [{ user, db: DATABASE }],
    appName: name,
  }))
}

function answer(server: AccountServer, command: Command): object {
  const { accounts } = server
  const { usersInfo, createUser, updateUser, dropUser, killAllSessions, pwd = '', roles } = command
  const user = createUser ?? updateUser ?? dropUser ?? ''
  if (usersInfo !== undefined) {
    const names = usersInfo === 1 ? [...accounts.keys()] : usersInfo.map((each) => each.user)
    const users = names.filter((name) => accounts.has(name))
    return { users: users.map((name) => ({ user: name, roles: accounts.get(name)?.rights })) }
  }
  if (createUser !== undefined && accounts.has(user)) throw serverError(51_003)
  if (createUser !== undefined || updateUser !== undefined) {
    accounts.set(user, { kept: [pwd], rights: roles })
  }
  if (dropUser !== undefined && !accounts.delete(user)) throw serverError(11)
  server.kill((session) => killAllSessions?.some((each) => each.user === session.user) === true)
  return {}
}
