import { randomBytes } from 'node:crypto'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import type { FarSide } from '@rekey/secret/kind'
import type { MongoClient } from 'mongodb'
import { type MongoLogin, parseLogin, withUser } from '../spec/mongodb-login.ts'
import {
  codeOf,
  CODES,
  commandOf,
  type MongoUser,
  noAnswer,
  refusalOf,
  withMongo,
} from './mongo-server.ts'
import { listSessions } from './open-sessions.ts'
import { compareRights, listUsers, readUsers, rightsOf } from './user-rights.ts'

/** The user of a service, and who changes it. */
export interface ServiceUser {
  /** The name of the secret in the store. */
  readonly name: string
  /** Reads the login that is in use now. */
  readonly current: () => Promise<MongoLogin>
  /** Reads the login of the administrator. */
  readonly administrator: () => Promise<MongoUser>
  /** PEM of the roots of the server. Default: public ones. */
  readonly ca: string | undefined
  /** Whether the server lists sessions. */
  readonly listsSessions: boolean
  readonly nonProduction: boolean
}

/**
 * The end of a name that was made: a mark that all users of one secret have, from the first that was made for it on, and a part of its own.
 * Two environments at one server have two marks. FerretDB takes no other mark, such as `customData`.
 */
const SUFFIX = /_([0-9a-f]{8})_[0-9a-f]{8}$/

const USERS = 'the role userAdminAnyDatabase'
const SESSIONS = 'a role with inprog and killAnySession at the cluster'

/**
 * Creates the far side of a login of MongoDB: a user has one password, so each login has a user of its own, with the roles of the one before.
 * The old one is dropped once none of its connections is left.
 */
export function createServiceUser(options: ServiceUser): FarSide {
  const { name, current, administrator, ca, listsSessions, nonProduction } = options
  /** Does something at the place of a login as the administrator. */
  const asAdministrator = async <T>(
    { hosts }: MongoLogin,
    right: string,
    work: (as: MongoUser) => Promise<T>,
  ) => {
    const as = await administrator()
    try {
      return await work(as)
    } catch (error) {
      throw refusalOf(error, { host: hosts, user: as.user, right })
    }
  }
  const asking = <T>(
    at: MongoLogin,
    { signal, right = USERS }: { readonly signal: AbortSignal; readonly right?: string },
    work: (client: MongoClient) => Promise<T>,
  ) => asAdministrator(at, right, (as) => withMongo({ at, ca }, as, signal, work))
  const sessions = (value: Secret, signal: AbortSignal) => {
    const at = parseLogin(value.expose())
    const user = { user: at.user, db: at.authSource }
    return asAdministrator(at, SESSIONS, (as) => {
      return listSessions(user, { server: { at, ca }, as, signal })
    })
  }
  const kill = async (at: MongoLogin, user: string, signal: AbortSignal) => {
    const killAllSessions = [{ user, db: at.authSource }]
    await asking(at, { signal, right: SESSIONS }, (client) =>
      commandOf(client, 'admin', { killAllSessions }, CODES.unknown),
    )
  }
  const end = async (at: MongoLogin, user: string, signal: AbortSignal) => {
    await asking(at, { signal }, (client) =>
      commandOf(client, at.authSource, { dropUser: user }, CODES.notFound),
    )
    // What runs goes on without its user.
    await kill(at, user, signal)
  }
  const endValue = (value: Secret, signal: AbortSignal) => {
    const at = parseLogin(value.expose())
    return end(at, at.user, signal)
  }
  return {
    ...{ name: 'MongoDB', noun: 'login' },
    plan({ current: { value } }) {
      const { user } = parseLogin(value.expose())
      return Promise.resolve({
        generate: `a user ${baseOf(user)}_… with a random password`,
        admit: `it gets the roles of ${user}`,
        revoke: listsSessions
          ? `${user} is dropped once it has no connection`
          : `${user} is dropped`,
      })
    },
    choose({ value }) {
      const login = parseLogin(value.expose())
      const password = randomBytes(32).toString('base64url')
      const marked = nonProduction ? NON_PRODUCTION_PREFIX + password : password
      return Promise.resolve(Secret.of(withUser(login, nextOf(login.user), marked), name))
    },
    isMarked: (value) =>
      parseLogin(value.expose()).password.expose().startsWith(NON_PRODUCTION_PREFIX),
    async add({ current, pending }, { signal }) {
      const before = parseLogin(current.value.expose())
      const { user, password, authSource } = parseLogin(pending.value.expose())
      await asking(before, { signal }, async (client) => {
        const [of] = await readUsers(client, before.authSource, before.user)
        const rest = { pwd: password.expose(), mechanisms: ['SCRAM-SHA-256'], ...rightsOf(of) }
        const create = { createUser: user, ...rest }
        if (await commandOf(client, authSource, create, CODES.exists)) return
        await commandOf(client, authSource, { updateUser: user, ...rest })
      })
      // These rights are needed once there is no way back.
      await kill(before, user, signal)
      if (listsSessions) await sessions(pending.value, signal)
    },
    async accepts(value, signal) {
      const at = parseLogin(value.expose())
      try {
        await withMongo({ at, ca }, at, signal, () => Promise.resolve())
        return true
      } catch (error) {
        const code = codeOf(error)
        if (code === CODES.refused) return false
        throw code === undefined ? error : noAnswer(at.hosts, `error ${code}`)
      }
    },
    remove: (value, { signal }) => endValue(value, signal),
    withdraw: ({ pending }, { signal }) => endValue(pending.value, signal),
    ...(listsSessions && { sessions }),
    differences(candidate, reference, signal) {
      const [next, before] = [parseLogin(candidate.expose()), parseLogin(reference.expose())]
      return asking(before, { signal }, async (client) => {
        return compareRights(
          ...(await readUsers(client, before.authSource, next.user, before.user)),
        )
      })
    },
    accountOf: (value) => parseLogin(value.expose()).user,
    close: async (account, { signal }) => end(await current(), account, signal),
    async sweep(staged, { signal }) {
      const at = parseLogin(staged.current.value.expose())
      const mark = SUFFIX.exec(at.user)?.[1]
      if (mark === undefined) return []
      const held = liveVersions(staged).map(({ value }) => parseLogin(value.expose()).user)
      const users = await asking(at, { signal }, (client) => listUsers(client, at.authSource))
      const made = users.map(({ user }) => user).filter((user) => SUFFIX.exec(user)?.[1] === mark)
      const left = made.filter((user) => !held.includes(user))
      for (const user of left) await end(at, user, signal)
      return left
    },
  }
}

function baseOf(user: string): string {
  return user.replace(SUFFIX, '')
}

/** Makes the name of the next user: it has the mark of the one before. */
function nextOf(user: string): string {
  const part = () => randomBytes(4).toString('hex')
  return `${baseOf(user)}_${SUFFIX.exec(user)?.[1] ?? part()}_${part()}`
}
