import { randomBytes } from 'node:crypto'
import type { Api } from './management.ts'

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

/** The start of the tag that all users of one secret have, from the first that was made for it on. It gives no right. */
const MARK = 'rekey-'

/** Returns the tag of the users that were made for a secret, by one of them. Two environments at one broker have two. */
export function markIn({ tags }: ListedUser): string | undefined {
  return tags.find((tag) => tag.startsWith(MARK))
}

/** Makes a tag for the users of a secret. */
export function newMark(): string {
  return MARK + randomBytes(8).toString('hex')
}

/** Returns the tags of a user that give rights. */
export function rightsIn({ tags }: ListedUser): readonly string[] {
  return tags.filter((tag) => !tag.startsWith(MARK))
}

/** Gives one user the permissions and limits of another. */
export async function copyRights(from: string, to: string, api: Api): Promise<void> {
  for (const { give } of await rightsOf(from, api)) {
    const { path, body } = give(to)
    await api.put(path, body)
  }
}

/** Lists the rights of one of two users that the other has not, in words. */
export async function compareRights(
  candidate: string,
  reference: string,
  api: Api,
): Promise<string[]> {
  const [has, had] = [await wordsOf(candidate, api), await wordsOf(reference, api)]
  const missing = had
    .filter((each) => !has.includes(each))
    .map((each) => `${each} (of the old one)`)
  const added = has.filter((each) => !had.includes(each)).map((each) => `${each} (of the new one)`)
  return [...missing, ...added]
}

async function wordsOf(user: string, api: Api): Promise<string[]> {
  const tags = rightsIn(await api.get(['users', user]))
  const rights = await rightsOf(user, api)
  return [...tags.map((tag) => `tag ${tag}`), ...rights.map(({ words }) => words)]
}

async function rightsOf(user: string, api: Api): Promise<Right[]> {
  const list = (...path: readonly string[]) => api.list<Record<string, unknown>>(path)
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
