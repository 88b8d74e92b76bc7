import type { Ask } from './management.ts'

/** A user as the API lists it. */
export interface ListedUser {
  readonly name: string
  readonly tags: readonly string[]
}

/** A right, in words to compare, and the request that gives it to a user. */
interface Right {
  readonly words: string
  readonly give: (user: string) => { readonly path: readonly string[]; readonly body: object }
}

/** The start of a tag by which users that were made for a secret are known. It gives no right. */
const MARK = 'rekey-'

/** Returns the tag of the users that are made for a secret. */
export function markOf(secret: string): string {
  return `${MARK}${secret}`
}

/** Returns the tags of a user that give rights. */
export async function tagsOf(user: string, ask: Ask): Promise<readonly string[]> {
  const listed = (await ask('GET', ['users', user])) as ListedUser | undefined
  return listed?.tags.filter((tag) => !tag.startsWith(MARK)) ?? []
}

/** Gives one user the permissions and limits of another. */
export async function copyRights(from: string, to: string, ask: Ask): Promise<void> {
  for (const { give } of await rightsOf(from, ask)) {
    const { path, body } = give(to)
    await ask('PUT', path, { body })
  }
}

/** Lists the rights of one of two users that the other has not, in words. */
export async function compareRights(
  candidate: string,
  reference: string,
  ask: Ask,
): Promise<string[]> {
  const [has, had] = [await wordsOf(candidate, ask), await wordsOf(reference, ask)]
  const missing = had
    .filter((each) => !has.includes(each))
    .map((each) => `${each} (of the old one)`)
  const added = has.filter((each) => !had.includes(each)).map((each) => `${each} (of the new one)`)
  return [...missing, ...added]
}

async function wordsOf(user: string, ask: Ask): Promise<string[]> {
  const tags = await tagsOf(user, ask)
  const rights = await rightsOf(user, ask)
  return [...tags.map((tag) => `tag ${tag}`), ...rights.map(({ words }) => words)]
}

async function rightsOf(user: string, ask: Ask): Promise<Right[]> {
  const list = async (...path: readonly string[]) =>
    ((await ask('GET', path)) ?? []) as Record<string, unknown>[]
  const permissions = await list('users', user, 'permissions')
  const topics = await list('users', user, 'topic-permissions')
  const [limits] = await list('user-limits', user)
  const values = Object.entries((limits?.['value'] ?? {}) as Record<string, number>)
  return [
    ...permissions.map(({ vhost, configure, write, read }) =>
      rightAt('permissions', String(vhost), { configure, write, read }),
    ),
    ...topics.map(({ vhost, exchange, write, read }) =>
      rightAt('topic-permissions', String(vhost), { exchange, write, read }),
    ),
    ...values.map(([limit, value]): Right => {
      const give = (other: string) => ({ path: ['user-limits', other, limit], body: { value } })
      return { words: `${limit} ${value}`, give }
    }),
  ]
}

function rightAt(kind: string, vhost: string, body: object): Right {
  return {
    words: `${kind} at ${vhost} ${JSON.stringify(body)}`,
    give: (user) => ({ path: [kind, vhost, user], body }),
  }
}
