import type { MongoClient } from 'mongodb'
import type { MongoLogin } from '../spec/mongodb-login.ts'
import { CODES, commandOf, type MongoUser, refusalOf, withMongo } from './mongo-server.ts'
import { listSessions } from './open-sessions.ts'
import { compareRights, type ListedUser, listUsers, readUsers, rightsOf } from './user-rights.ts'

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
