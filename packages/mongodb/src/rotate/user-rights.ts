import { SecretError } from '@rekey/secret'
import type { Document, MongoClient } from 'mongodb'

/** A user as the server describes it. */
export interface ListedUser {
  readonly user: string
  readonly roles: readonly { readonly role: string; readonly db: string }[]
  readonly authenticationRestrictions?: readonly object[]
  readonly inheritedPrivileges?: readonly Document[]
}

/** Lists the users of a database. An answer that is none is no empty list. */
export async function listUsers(client: MongoClient, database: string): Promise<ListedUser[]> {
  return usersIn(await client.db(database).command({ usersInfo: 1 }))
}

/** Reads users of a database with their rights, at one time. @throws {SecretError} `missing` if one is not there */
export async function readUsers<Names extends readonly string[]>(
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
export function rightsOf({ roles, authenticationRestrictions = [] }: ListedUser): Document {
  return {
    roles: roles.map(({ role, db }) => ({ role, db })),
    ...(authenticationRestrictions.length > 0 && { authenticationRestrictions }),
  }
}

/** Lists the rights of one of two users that the other has not, in words. Privileges follow from roles. */
export function compareRights(candidate: ListedUser, reference: ListedUser): string[] {
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
