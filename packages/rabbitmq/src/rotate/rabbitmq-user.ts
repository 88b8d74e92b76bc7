import { createHash, randomBytes } from 'node:crypto'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import type { FarSide } from '@rekey/secret/kind'
import { parseLogin, withUser } from '../spec/rabbitmq-login.ts'
import { acceptsLogin } from './accepts-login.ts'
import { compareRights, copyRights, type ListedUser, markOf, tagsOf } from './broker-rights.ts'
import { type Ask, type Management, openManagement } from './management.ts'

/** The user of a service, and who changes it. */
export interface BrokerUser {
  /** The name of the secret in the store: the users that are made for it have it as a tag. */
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
  const mark = markOf(name)
  const asking = (signal: AbortSignal) => openManagement(management, signal)
  const end = async (user: string, signal: AbortSignal) => {
    await (
      await asking(signal)
    )('DELETE', ['users', user])
  }
  return {
    ...{ name: 'RabbitMQ', noun: 'login' },
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
      const ask = await asking(signal)
      const before = parseLogin(current.value.expose())
      const { user, password } = parseLogin(pending.value.expose())
      const tags = [...(await tagsOf(before.user, ask)), mark].join(',')
      const body = { password_hash: hashOf(password), tags }
      await ask('PUT', ['users', user], { body })
      await copyRights(before.user, user, ask)
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
      const ask = await asking(signal)
      const held = liveVersions(staged).map(({ value }) => userOf(value))
      const users = ((await ask('GET', ['users'])) ?? []) as ListedUser[]
      const made = users.filter(({ tags }) => tags.includes(mark)).map((user) => user.name)
      const left = made.filter((user) => !held.includes(user))
      for (const user of left) await ask('DELETE', ['users', user])
      return left
    },
  }
}

async function sessionsOf(user: string, ask: Ask): Promise<readonly string[]> {
  const open = ((await ask('GET', ['connections', 'username', user])) ?? []) as Connection[]
  if (open.length === 0) return []
  // The names that clients give themselves come some seconds late, and those of all users.
  const columns = ['name', 'user_provided_name']
  const known = ((await ask('GET', ['connections'], { columns })) ?? []) as Connection[]
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
