import type { Document, MongoClient } from 'mongodb'
import type { MongoLogin } from '../spec/mongodb-login.ts'
import {
  CODES,
  commandOf,
  type MongoServer,
  type MongoUser,
  refusalOf,
  withMongo,
} from './mongo-server.ts'
import { SecretError } from '@rekey/secret'

/** Calls of an administrator, each at the place of a login. Refusals name the right that is missing. */
export interface Administration {
  /** Creates the user of the second login with the rights of the first, or sets its password and rights again. */
  create(before: MongoLogin, next: MongoLogin, signal: AbortSignal): Promise<void>
  /** Drops a user that may be there, and kills its sessions. */
  end(at: MongoLogin, user: string, signal: AbortSignal): Promise<void>
  /** Kills the sessions of a user, with what runs in them. */
  kill(at: MongoLogin, user: string, signal: AbortSignal): Promise<void>
  /** See {@link listSessions}. */
  sessions(at: MongoLogin, signal: AbortSignal): Promise<readonly string[]>
  /** See {@link compareRights}. */
  differences(next: MongoLogin, before: MongoLogin, signal: AbortSignal): Promise<readonly string[]>
  /** Lists the users of the database of a login. */
  users(at: MongoLogin, signal: AbortSignal): Promise<readonly ListedUser[]>
}

/** A failover keeps a change that the majority of a replica set has. */
const DURABLE = { writeConcern: { w: 'majority', wtimeout: 8_000 } }

const USERS = 'the role userAdminAnyDatabase'
const SESSIONS = 'a role with inprog and killAnySession at the cluster'

/**
 * Creates the calls of an administrator.
 *
 * @param administrator reads its login
 * @param ca PEM of the roots of the server. Default: public ones
 */
export function createAdministration(
  administrator: () => Promise<MongoUser>,
  ca: string | undefined,
): Administration {
  const named = async <T>(
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
  ) => named(at, right, (as) => withMongo({ at, ca }, as, signal, work))
  const kill: Administration['kill'] = async (at, user, signal) => {
    const killAllSessions = [{ user, db: at.authSource }]
    await asking(at, { signal, right: SESSIONS }, (client) =>
      commandOf(client, 'admin', { killAllSessions }, CODES.unknown),
    )
  }
  return {
    kill,
    create: (before, { user, password, authSource }, signal) =>
      asking(before, { signal }, async (client) => {
        const [of] = await readUsers(client, authSource, before.user)
        const rest = {
          ...{ pwd: password.expose(), mechanisms: ['SCRAM-SHA-256'] },
          ...{ ...rightsOf(of), ...DURABLE },
        }
        const create = { createUser: user, ...rest }
        if (await commandOf(client, authSource, create, CODES.exists)) return
        await commandOf(client, authSource, { updateUser: user, ...rest })
      }),
    async end(at, user, signal) {
      const command = { dropUser: user, ...DURABLE }
      await asking(at, { signal }, (client) =>
        commandOf(client, at.authSource, command, CODES.notFound),
      )
      // An operation that runs goes on without its user.
      await kill(at, user, signal)
    },
    sessions: (at, signal) =>
      named(at, SESSIONS, (as) => listSessions(at, { server: { at, ca }, as, signal })),
    differences: (next, before, signal) =>
      asking(before, { signal }, async (client) =>
        compareRights(...(await readUsers(client, before.authSource, next.user, before.user))),
      ),
    users: (at, signal) => asking(at, { signal }, (client) => listUsers(client, at.authSource)),
  }
}

/** A connection as `$currentOp` lists it. */
interface ListedSession {
  readonly effectiveUsers?: readonly { readonly user: string; readonly db: string }[]
  readonly appName?: string
  readonly client?: string
}

/** The stage of the server that lists connections, with those that do nothing, and at a mongos its own. */
const EVERY_SESSION = { $currentOp: { allUsers: true, idleConnections: true, localOps: true } }

/**
 * Lists the connections of a user at every member that can be logged in to, by the names that their clients give themselves.
 *
 * @throws {SecretError} `unreachable` if a member does not answer, or lists not even the administrator's own connection
 * @see https://www.mongodb.com/docs/manual/reference/operator/aggregation/currentOp/
 */
async function listSessions(
  { user, authSource }: Pick<MongoUser, 'user' | 'authSource'>,
  { server, as, signal }: { server: MongoServer; as: MongoUser; signal: AbortSignal },
): Promise<readonly string[]> {
  const members = await withMongo(server, as, signal, membersOf)
  const found: string[] = []
  for (const member of members) {
    const sessions = await withMongo({ ...server, member }, as, signal, (client) =>
      client.db('admin').aggregate<ListedSession>([EVERY_SESSION]).toArray(),
    )
    if (!sessions.some((each) => isOf(each, as))) {
      const message = `${member} lists no sessions, not even the one that asks: see listsSessions`
      throw new SecretError('unreachable', message, { host: member })
    }
    const open = sessions.filter((each) => isOf(each, { user, authSource }))
    found.push(...open.map(({ appName, client = member }) => appName ?? client))
  }
  return found
}

/** The members of a replica set that hold data; else the hosts that the driver has, after DNS. */
async function membersOf(client: MongoClient): Promise<readonly string[]> {
  const { hosts, passives = [] } = (await client.db('admin').command({ hello: 1 })) as Members
  return hosts === undefined ? client.options.hosts.map(String) : [...hosts, ...passives]
}

interface Members {
  readonly hosts?: readonly string[]
  readonly passives?: readonly string[]
}

function isOf(
  { effectiveUsers = [] }: ListedSession,
  { user, authSource }: Pick<MongoUser, 'user' | 'authSource'>,
): boolean {
  return effectiveUsers.some((each) => each.user === user && each.db === authSource)
}

/** A user as the server describes it. */
interface ListedUser {
  readonly user: string
  readonly roles: readonly { readonly role: string; readonly db: string }[]
  readonly authenticationRestrictions?: readonly object[]
  readonly inheritedPrivileges?: readonly Document[]
}

/** Lists the users of a database. An answer that is none is no empty list. */
async function listUsers(client: MongoClient, database: string): Promise<ListedUser[]> {
  return usersIn(await client.db(database).command({ usersInfo: 1 }))
}

/** Reads users of a database with their rights, at one time. @throws {SecretError} `missing` if one is not there */
async function readUsers<Names extends readonly string[]>(
  client: MongoClient,
  database: string,
  ...names: Names
): Promise<{ [N in keyof Names]: ListedUser }> {
  const answer = await client.db(database).command({
    usersInfo: names.map((user) => ({ user, db: database })),
    ...{ showPrivileges: true, showAuthenticationRestrictions: true },
  })
  const users = usersIn(answer)
  return names.map((name) => {
    const found = users.find(({ user }) => user === name)
    if (found !== undefined) return found
    throw new SecretError('missing', `${database} has no user ${name}: create it, or restore it`)
  }) as { [N in keyof Names]: ListedUser }
}

/** Returns the part of a command that gives a user the rights of another. */
function rightsOf({ roles, authenticationRestrictions = [] }: ListedUser): Document {
  return {
    roles: roles.map(({ role, db }) => ({ role, db })),
    ...(authenticationRestrictions.length > 0 && { authenticationRestrictions }),
  }
}

/** Lists the rights of one of two users that the other has not, in words. Privileges follow from roles. */
function compareRights(candidate: ListedUser, reference: ListedUser): string[] {
  const given = differencesOf(grantsOf(candidate), grantsOf(reference))
  return given.length > 0 ? given : differencesOf(privilegesOf(candidate), privilegesOf(reference))
}

function differencesOf(has: readonly string[], had: readonly string[]): string[] {
  const missing = had.filter((each) => !has.includes(each))
  const added = has.filter((each) => !had.includes(each))
  return [
    ...missing.map((each) => `${each} (of the old one)`),
    ...added.map((each) => `${each} (of the new one)`),
  ]
}

function grantsOf({ roles, authenticationRestrictions = [] }: ListedUser): string[] {
  return [
    ...roles.map(({ role, db }) => `role ${role} of ${db}`),
    ...authenticationRestrictions.map((each) => `restriction ${JSON.stringify(each)}`),
  ]
}

function privilegesOf({ inheritedPrivileges = [] }: ListedUser): string[] {
  return inheritedPrivileges.flatMap(({ resource, actions }) =>
    (actions as readonly string[]).map((action) => `${action} at ${JSON.stringify(resource)}`),
  )
}

function usersIn({ users }: Document): ListedUser[] {
  if (Array.isArray(users)) return users as ListedUser[]
  throw new SecretError('unreachable', 'the server gave no list of users: check that it is MongoDB')
}
