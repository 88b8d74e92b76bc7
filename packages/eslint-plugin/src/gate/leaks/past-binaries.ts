import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Place } from '../finding.ts'
import { readableCopy } from './readable-copy.ts'

const run = promisify(execFile)
const MAX_OUTPUT = 256 * 1024 * 1024

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

/**
 * Writes what gitleaks cannot read of the history into `target`: each binary file of a commit that is text in UTF-16 or an archive that gitleaks
 * does not know by its name.
 *
 * @returns the place of each file that was written, by its name there
 */
export async function copyPastBinaries(
  root: string,
  target: string,
): Promise<ReadonlyMap<string, Place>> {
  const { stdout } = await run('git', LOG, { cwd: root, maxBuffer: MAX_OUTPUT })
  const places = new Map<string, Place>()
  await mkdir(target, { recursive: true })
  for (const [index, past] of binariesIn(stdout).entries()) {
    const blob = await readBlob(root, past)
    if (blob === undefined) continue
    const copy = readableCopy(past.file, blob)
    if (copy.name === past.file && copy.encoding === undefined) continue
    const name = `${index}/${copy.name}`
    await mkdir(dirname(join(target, name)), { recursive: true })
    const text = copy.encoding === undefined ? blob : new TextDecoder(copy.encoding).decode(blob)
    await writeFile(join(target, name), text)
    places.set(name, past)
  }
  return places
}

/** Nothing for a submodule. */
async function readBlob(root: string, { commit, file }: PastFile): Promise<Buffer | undefined> {
  const command = ['cat-file', 'blob', `${commit}:${file}`]
  const options = { cwd: root, maxBuffer: MAX_OUTPUT, encoding: 'buffer' } as const
  return run('git', command, options).then(
    ({ stdout }) => stdout,
    () => undefined,
  )
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
