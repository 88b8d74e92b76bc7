import { createHash, randomBytes } from 'node:crypto'
import { NON_PRODUCTION_PREFIX, Secret, SecretError } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import type { FarSide } from '@rekey/secret/kind'
import { parseLogin, withUser } from '../spec/rabbitmq-login.ts'
import { acceptsLogin } from './accepts-login.ts'
import {
  compareRights,
  copyRights,
  type ListedUser,
  markIn,
  newMark,
  rightsIn,
} from './broker-rights.ts'
import { type Api, type Management, openManagement } from './management.ts'

/** The user of a service, and who changes it. */
export interface BrokerUser {
  /** The name of the secret in the store. */
  readonly name: string
  readonly management: Management
  /** PEM of the roots of the broker. Default: public ones. */
  readonly ca?: string | undefined
  readonly nonProduction: boolean
}

/** A connection as the API lists it: its name is that of its two ends. */
interface Connection {
  readonly name: string
  readonly user_provided_name?: string
}

const SUFFIX = /_[0-9a-f]{8}$/

/**
 * Creates the far side of a login of RabbitMQ: a user has one password, so each login has a user of its own, with the tags, permissions and
 * limits of the one before. The old one is deleted once none of its connections is left.
 */
export function createBrokerUser({ name, management, ca, nonProduction }: BrokerUser): FarSide {
  const asking = (signal: AbortSignal) => openManagement(management, signal)
  const end = async (user: string, signal: AbortSignal) => deleteUser(user, await asking(signal))
  return {
    ...{ name: 'RabbitMQ', noun: 'login', slots: 'names' },
    plan({ current }) {
      const { user } = parseLogin(current.value.expose())
      return Promise.resolve({
        generate: `a user ${baseOf(user)}_… with a random password`,
        admit: `it gets the tags, permissions and limits of ${user}`,
        revoke: `${user} is deleted once it has no connection`,
      })
    },
    choose({ value }) {
      const login = parseLogin(value.expose())
      const user = `${baseOf(login.user)}_${randomBytes(4).toString('hex')}`
      const password = randomBytes(32).toString('base64url')
      const marked = nonProduction ? NON_PRODUCTION_PREFIX + password : password
      return Promise.resolve(Secret.of(withUser(login, user, marked), name))
    },
    isMarked: (value) =>
      parseLogin(value.expose()).password.expose().startsWith(NON_PRODUCTION_PREFIX),
    async add({ current, pending }, { signal }) {
      const api = await asking(signal)
      const { user, password } = parseLogin(pending.value.expose())
      const before = await api.get<ListedUser>(['users', userOf(current.value)])
      const made = (await listUsers(api)).find((each) => each.name === user)
      const mark = markIn(before) ?? (made && markIn(made)) ?? newMark()
      const tags = [...rightsIn(before), mark].join(',')
      await api.put(['users', user], { password_hash: hashOf(password), tags })
      await copyRights(before.name, user, api)
    },
    accepts: (value, signal) => acceptsLogin(value, { ca, signal }),
    remove: (value, { signal }) => end(userOf(value), signal),
    withdraw: ({ pending }, { signal }) => end(userOf(pending.value), signal),
    sessions: async (value, signal) => sessionsOf(userOf(value), await asking(signal)),
    differences: async (candidate, reference, signal) =>
      compareRights(userOf(candidate), userOf(reference), await asking(signal)),
    accountOf: userOf,
    close: (account, { signal }) => end(account, signal),
    async sweep(staged, { signal }) {
      const api = await asking(signal)
      const users = await listUsers(api)
      const held = liveVersions(staged).map(({ value }) => userOf(value))
      const current = users.find((user) => user.name === userOf(staged.current.value))
      const mark = current && markIn(current)
      if (mark === undefined) return []
      const made = users.filter(({ tags }) => tags.includes(mark)).map((user) => user.name)
      const left = made.filter((user) => !held.includes(user))
      for (const user of left) await deleteUser(user, api)
      return left
    },
  }
}

function listUsers(api: Api): Promise<readonly ListedUser[]> {
  return api.list<ListedUser>(['users'])
}

/** @throws {SecretError} `unreachable` while the broker still lists it */
async function deleteUser(user: string, api: Api): Promise<void> {
  await api.remove(['users', user])
  const users = await listUsers(api)
  if (!users.some(({ name }) => name === user)) return
  throw new SecretError('unreachable', `the broker still has the user ${user}: run it again`)
}

async function sessionsOf(user: string, api: Api): Promise<readonly string[]> {
  const open = await api.list<Connection>(['connections', 'username', user])
  if (open.length === 0) return []
  // The names that clients give themselves come some seconds late, and those of all users: a broker may have too many of them.
  const columns = ['name', 'user_provided_name']
  const known = await api.list<Connection>(['connections'], columns).catch(() => [])
  const names = new Map(known.map((each) => [each.name, each.user_provided_name]))
  return open.map(({ name }) => names.get(name) ?? name)
}

function userOf(value: Secret): string {
  return parseLogin(value.expose()).user
}

function baseOf(user: string): string {
  return user.replace(SUFFIX, '')
}

/** As the broker keeps passwords, so that it never gets one but at a login. */
function hashOf(password: Secret): string {
  const salt = randomBytes(4)
  const digest = createHash('sha256').update(salt).update(password.expose()).digest()
  return Buffer.concat([salt, digest]).toString('base64')
}
