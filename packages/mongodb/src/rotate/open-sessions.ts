import { SecretError } from '@rekey/secret'
import type { MongoClient } from 'mongodb'
import { type MongoServer, type MongoUser, withMongo } from './mongo-server.ts'

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
export async function listSessions(
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
