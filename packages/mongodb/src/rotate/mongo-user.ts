import { randomBytes } from 'node:crypto'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import type { FarSide } from '@rekey/secret/kind'
import { type MongoLogin, parseLogin, withUser } from '../spec/mongodb-login.ts'
import type { Administration } from './administration.ts'
import { acceptsLogin } from './mongo-server.ts'

/** The user of a service, and who changes it. */
export interface ServiceUser {
  /** The name of the secret in the store. */
  readonly name: string
  /** Reads the login that is in use now. */
  readonly current: () => Promise<MongoLogin>
  readonly administration: Administration
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

/**
 * Creates the far side of a login of MongoDB: a user has one password, so each login has a user of its own, with the roles of the one before.
 * The old one is dropped once none of its connections is left.
 */
export function createServiceUser(options: ServiceUser): FarSide {
  const { name, current, administration, ca, listsSessions, nonProduction } = options
  const sessions = (value: Secret, signal: AbortSignal) =>
    administration.sessions(loginIn(value), signal)
  const end = (value: Secret, signal: AbortSignal) =>
    administration.end(loginIn(value), userIn(value), signal)
  return {
    ...{ name: 'MongoDB', noun: 'login', slots: 'names' },
    plan({ current: { value } }) {
      const user = userIn(value)
      return Promise.resolve({
        generate: `a user ${baseOf(user)}_… with a random password`,
        admit: `it gets the roles of ${user}`,
        revoke: `${user} is dropped${listsSessions ? ' once it has no connection' : ''}`,
      })
    },
    choose({ value }) {
      const password = randomBytes(32).toString('base64url')
      const marked = nonProduction ? NON_PRODUCTION_PREFIX + password : password
      const url = withUser(loginIn(value), nextOf(userIn(value)), marked)
      return Promise.resolve(Secret.of(url, name))
    },
    isMarked: (value) => loginIn(value).password.expose().startsWith(NON_PRODUCTION_PREFIX),
    async add({ current: { value: before }, pending: { value: next } }, { signal }) {
      await administration.create(loginIn(before), loginIn(next), signal)
      // These rights are needed once there is no way back.
      await administration.kill(loginIn(next), userIn(next), signal)
      if (listsSessions) await sessions(next, signal)
    },
    accepts: (value, signal) => acceptsLogin({ at: loginIn(value), ca }, signal),
    remove: (value, { signal }) => end(value, signal),
    withdraw: ({ pending }, { signal }) => end(pending.value, signal),
    ...(listsSessions && { sessions }),
    differences: (candidate, reference, signal) =>
      administration.differences(loginIn(candidate), loginIn(reference), signal),
    accountOf: userIn,
    close: async (account, { signal }) => administration.end(await current(), account, signal),
    async sweep(staged, { signal }) {
      const at = loginIn(staged.current.value)
      const mark = SUFFIX.exec(at.user)?.[1]
      if (mark === undefined) return []
      const held = liveVersions(staged).map(({ value }) => userIn(value))
      const users = (await administration.users(at, signal)).map(({ user }) => user)
      const made = users.filter((user) => SUFFIX.exec(user)?.[1] === mark)
      const left = made.filter((user) => !held.includes(user))
      for (const user of left) await administration.end(at, user, signal)
      return left
    },
  }
}

function loginIn(value: Secret): MongoLogin {
  return parseLogin(value.expose())
}

function userIn(value: Secret): string {
  return loginIn(value).user
}

function baseOf(user: string): string {
  return user.replace(SUFFIX, '')
}

/** Makes the name of the next user: it has the mark of the one before. */
function nextOf(user: string): string {
  const part = () => randomBytes(4).toString('hex')
  return `${baseOf(user)}_${SUFFIX.exec(user)?.[1] ?? part()}_${part()}`
}
