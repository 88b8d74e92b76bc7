import { git } from '../git.ts'

/** The commit that a change is measured against. */
export interface PolicyBase {
  readonly commit: string
  /** Its name for people: `origin/main`. */
  readonly name: string
}

type Env = Readonly<Record<string, string | undefined>>

/** Variables in which a CI service names the branch or commit that a change is merged into, and the ref that they stand for. */
const CI_BASES: readonly (readonly [variable: string, refOf: (value: string) => string])[] = [
  ['GITHUB_BASE_REF', (branch) => `origin/${branch}`],
  ['CI_MERGE_REQUEST_DIFF_BASE_SHA', (commit) => commit],
  ['BITBUCKET_PR_DESTINATION_BRANCH', (branch) => `origin/${branch}`],
]

/**
 * Finds the commit where the work tree at `root` left the branch that it is to be merged into: that of `named`, of the CI service, or else
 * the default branch of `origin`.
 *
 * @returns nothing where no branch is known
 * @throws {Error} for a ref that git does not find
 */
export async function findPolicyBase(
  root: string,
  { named, env }: { readonly named: string | undefined; readonly env: Env },
): Promise<PolicyBase | undefined> {
  const ofCi = CI_BASES.flatMap(([variable, refOf]) => {
    const value = env[variable] ?? ''
    return value === '' ? [] : [refOf(value)]
  })[0]
  const wanted = named ?? ofCi
  const name =
    wanted ?? (await line(root, 'symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'))
  if (name === undefined) return undefined
  const commit = await line(root, 'merge-base', '--', name, 'HEAD')
  if (commit !== undefined) return { commit, name }
  if (wanted === undefined) return undefined
  throw new Error(
    `git finds no common commit with ${name}: fetch it (actions/checkout: fetch-depth: 0), or name another --base`,
  )
}

/** The text of a file at the base; nothing if it has none. */
export async function readAtBase(
  root: string,
  { commit }: PolicyBase,
  file: string,
): Promise<string | undefined> {
  const listed = await git(root, 'ls-tree', '--name-only', '-z', commit, '--', file)
  return listed === '' ? undefined : git(root, 'show', `${commit}:${file}`)
}

/** The line that git prints; nothing if it fails. */
async function line(root: string, ...command: string[]): Promise<string | undefined> {
  return git(root, ...command).then(
    (output) => output.trim(),
    () => undefined,
  )
}
