import { gitParts } from '../git.ts'

/** A file as a commit, or what is staged, has it. */
export interface ChangedFile {
  /** Empty where it is staged. */
  readonly commit: string
  readonly file: string
  /** The id of its blob; absent for a submodule. */
  readonly id: string | undefined
}

/** Git compares the files themselves: what attributes make of them has no part in it. */
const FORMAT = ['--no-renames', '--diff-filter=AMT', '--raw', '--no-abbrev', '-z']

/** Every version of every file, also what merges add by themselves (git 2.35 or newer), the oldest first. */
const HISTORY = ['log', '--all', '--full-history', '--reverse', '--diff-merges=remerge']
const STAGED = ['diff', '--cached']

/** The files of all commits. */
export const listPast = (root: string): AsyncGenerator<ChangedFile> =>
  listChanged(root, ...HISTORY, ...FORMAT, '--format=%x00%H')

/** The files that are staged and differ from the last commit. */
export const listStaged = (root: string): AsyncGenerator<ChangedFile> =>
  listChanged(root, ...STAGED, ...FORMAT)

async function* listChanged(root: string, ...command: string[]): AsyncGenerator<ChangedFile> {
  let commit = ''
  let change: string | undefined
  for await (const part of gitParts(root, ...command)) {
    const text = part.trimStart()
    if (change !== undefined) {
      yield { commit, file: part, id: blobOf(change) }
      change = undefined
    } else if (text.startsWith(':')) change = text
    else if (text !== '') commit = text
  }
}

/** Of a submodule the new version is the name of a commit. */
const SUBMODULE = '160000'

/** `:100644 100644 OLD NEW M` */
function blobOf(change: string): string | undefined {
  const [, mode, , id] = change.split(' ')
  return mode === SUBMODULE ? undefined : id
}
