import type { Place } from '../finding.ts'
import { git } from '../git.ts'

/** Texts of a repository that are in no file, in one text. */
export interface GitTexts {
  readonly text: string
  /** The place of a line of the text, counted from 1. */
  readonly placeOf: (line: number) => Place
}

interface Located {
  readonly place: Place
  readonly text: string
}

/**
 * Collects what gitleaks does not look at: the messages and people of all commits, the messages of tags, and the names of branches and of
 * `files`.
 */
export async function collectGitTexts(root: string, files: readonly string[]): Promise<GitTexts> {
  const list = async (...command: string[]) => (await git(root, ...command)).split('\0').slice(1)
  const [commits, refs] = await Promise.all([
    list('log', '--all', '--format=%x00%H%n%an%n%ae%n%cn%n%ce%n%B'),
    list(
      'for-each-ref',
      '--format=%00%(refname)%0a%(if:equals=tag)%(objecttype)%(then)%(contents)%(end)',
    ),
  ])
  const texts: Located[] = [
    ...commits.map((commit) => {
      const [sha = '', ...lines] = commit.split('\n')
      return { place: { file: '.git/COMMIT_EDITMSG', commit: sha }, text: lines.join('\n') }
    }),
    ...refs.map((ref) => ({
      place: { file: shorten(`.git/${ref.split('\n')[0] ?? ''}`) },
      text: ref,
    })),
    ...named(files),
  ]
  return joinLocated(texts)
}

/** The names of `files` alone. */
export const textOfNames = (files: readonly string[]): GitTexts => joinLocated(named(files))

function named(files: readonly string[]): Located[] {
  return files.map((file) => ({ place: { file: shorten(file) }, text: file }))
}

/** A name that may hold a secret, which no report shows. */
function shorten(name: string): string {
  return name.replaceAll(/[^/]{20,}/g, (part) => `${part.slice(0, 4)}…`)
}

function joinLocated(texts: readonly Located[]): GitTexts {
  const placed = texts.flatMap(({ place, text }) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => ({ place, line })),
  )
  return {
    text: `${placed.map(({ line }) => line).join('\n')}\n`,
    placeOf: (line) => placed[line - 1]?.place ?? { file: '.git' },
  }
}
