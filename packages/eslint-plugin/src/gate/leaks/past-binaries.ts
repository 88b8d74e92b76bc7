import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { git, gitBytes } from '../git.ts'
import { readableCopy } from './readable-copy.ts'

/** Of a binary file `--numstat` gives `-` for the numbers of lines. */
const LOG = [
  'log',
  '--all',
  '--full-history',
  '--no-renames',
  '--diff-filter=AMT',
  '--diff-merges=remerge',
  '--numstat',
  '-z',
  '--format=%x00%H',
]

/** A file as a commit has it. */
interface PastFile {
  readonly commit: string
  readonly file: string
}

/** The binary files of the history that were written, and those that were not. */
export interface PastBinaries {
  /** The place of each file that was written, by its name there. */
  readonly places: ReadonlyMap<string, PastFile>
  /** Files that git did not give. */
  readonly unread: readonly PastFile[]
}

/**
 * Writes what gitleaks cannot read of the history into `target`: each binary file of a commit that is text in UTF-16 or an archive that gitleaks
 * does not know by its name.
 */
export async function copyPastBinaries(root: string, target: string): Promise<PastBinaries> {
  const log = await git(root, ...LOG)
  const places = new Map<string, PastFile>()
  const unread: PastFile[] = []
  await mkdir(target, { recursive: true })
  for (const [index, past] of binariesIn(log).entries()) {
    const { commit, file } = past
    const blob = await gitBytes(root, 'cat-file', 'blob', `${commit}:${file}`).catch(
      () => undefined,
    )
    if (blob === undefined) {
      unread.push(past)
      continue
    }
    const copy = readableCopy(past.file, blob)
    if (copy.name === past.file && copy.encoding === undefined) continue
    const name = `${index}/${copy.name}`
    await mkdir(dirname(join(target, name)), { recursive: true })
    const text = copy.encoding === undefined ? blob : new TextDecoder(copy.encoding).decode(blob)
    await writeFile(join(target, name), text)
    places.set(name, past)
  }
  return { places, unread }
}

function binariesIn(log: string): readonly PastFile[] {
  const files: PastFile[] = []
  let commit = ''
  for (const part of log.split('\0')) {
    const text = part.trim()
    if (/^[0-9a-f]{40,64}$/.test(text)) commit = text
    else if (text.startsWith('-\t-\t')) files.push({ commit, file: text.slice(4) })
  }
  return files
}
