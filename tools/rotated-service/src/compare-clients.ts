import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'

/** A client in a case of {@link compareClients}. */
interface ComparedClient<C> {
  /** Read it for each use, as a service does. */
  readonly current: C
  /**
   * Rotates the login of a client that follows it, until the old one is refused. `work` begins once the service has the next login, and the
   * rotation waits for what it ends. The login of a plain client stays.
   */
  readonly rotate: <T = void>(work?: () => Promise<T>) => Promise<T>
}

interface Comparison<C> {
  /** The README of the package: its table has a row `| client | case | difference |` for each case that differs. */
  readonly readme: URL
  /** By a sentence, what is done with the client; results are compared. */
  readonly cases: Readonly<Record<string, (client: ComparedClient<C>) => Promise<unknown>>>
  /** Opens a client, plain or following, which ends with its test. */
  readonly open: (follows: boolean) => Promise<{ shop: Rotated; client: { readonly current: C } }>
}

/** A secret of `openRotatedService`, or another one. */
interface Rotated {
  readonly secret: { readonly current: { readonly version: string } }
  readonly run: () => Promise<unknown>
}

const NO_WORK = () => Promise.resolve(undefined)

/**
 * Declares a test for each case, which runs it with the plain client, with the following one, and with one whose login was rotated before.
 * The results must be equal, unless the README lists the case; then one of them must differ.
 */
export function compareClients<C>(client: string, compared: Comparison<C>): void {
  const { readme, cases, open } = compared
  const followed = async () => {
    const { shop, client } = await open(true)
    return followedClient(shop, client)
  }
  const listed = new Set(differencesIn(readme, client))
  describe(`${client} that follows its login, and the plain one`, () => {
    it.each(Object.entries(cases))('%s', async (name, run) => {
      const { current } = (await open(false)).client
      const expected = await run({ current, rotate: (work) => (work ?? NO_WORK)() as never })
      const begun = await run(await followed())
      const later = await followed()
      await later.rotate()
      const rotated = await run(later)
      const isEqual = [begun, rotated].every((each) => isDeepStrictEqual(each, expected))
      if (!listed.has(name))
        expect({ begun, rotated }).toEqual({ begun: expected, rotated: expected })
      else expect(isEqual, `${name}: no difference, though the README lists it`).toBe(false)
    })
    it('the README lists no case that is not there', () => {
      expect([...listed].filter((name) => !(name in cases))).toEqual([])
    })
  })
}

function followedClient<C>(
  { secret, run }: Rotated,
  followed: { readonly current: C },
): ComparedClient<C> {
  return {
    get current() {
      return followed.current
    },
    async rotate<T>(work?: () => Promise<T>) {
      const { version } = secret.current
      const meanwhile = async () => {
        await expect.poll(() => secret.current.version, { interval: 5 }).not.toBe(version)
        return (work ?? NO_WORK)()
      }
      const [result] = await Promise.all([meanwhile(), run()])
      return result as T
    },
  }
}

/** The class and codes of an error of a client, without texts that name a user or a port. */
export async function failureOf(work: () => unknown): Promise<unknown> {
  try {
    return { done: await work() }
  } catch (error) {
    const { name, code, errno } = error as { name: string; code?: unknown; errno?: unknown }
    return { type: (error as object).constructor.name, name, code, errno }
  }
}

function differencesIn(readme: URL, client: string): string[] {
  const rows = readFileSync(readme, 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
  return rows
    .filter(([, name, , why]) => name === client && why !== undefined)
    .map(([, , name]) => name ?? '')
}
