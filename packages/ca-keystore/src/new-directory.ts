import { lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { SecretError } from '@rekey/secret'
import {
  errnoOf,
  ifMissing,
  syncDirectory,
  takeProcessLock,
  writeNewFile,
} from '@rekey/secret/internal/files'
import { explained } from './file-errors.ts'
import { checkParents } from './protected-files.ts'

/** One file to be made. */
export interface NewFile {
  readonly name: string
  readonly text: string
  readonly mode: number
}

/**
 * Makes a directory (0700) with all of its files at once, or not at all, also when the machine stops in between: the files
 * are written into a new directory beside it, flushed, proved by `prove`, and moved into place by one `rename`, which never
 * replaces a directory that has anything in it (rename(2), ENOTEMPTY). What processes that were killed have left of earlier attempts is removed, for
 * directories of other names beside it too.
 *
 * @returns what `prove` gave
 * @throws {SecretError} `conflict` if `directory` has anything in it, or another process makes it now; what `prove` throws;
 *   `unreachable` for I/O
 */
export async function createDirectoryOfFiles<T>(
  directory: string,
  files: readonly NewFile[],
  prove: (directory: string) => Promise<T>,
): Promise<T> {
  const target = resolve(directory)
  const parent = dirname(target)
  const lock = join(parent, `.${basename(target)}.lock`)
  const release = await takeProcessLock(lock).catch(rethrow(parent))
  try {
    return await createUnderLock(target, parent, files, prove)
  } finally {
    await release()
  }
}

async function createUnderLock<T>(
  target: string,
  parent: string,
  files: readonly NewFile[],
  prove: (directory: string) => Promise<T>,
): Promise<T> {
  const prefix = `.${basename(target)}.new-`
  const left = (await readdir(parent).catch(rethrow(parent))).filter((name) =>
    name.startsWith(prefix),
  )
  for (const name of left) await rm(join(parent, name), { recursive: true, force: true })
  await removeAbandoned(parent, basename(target)).catch(rethrow(parent))
  const draft = await mkdtemp(join(parent, prefix)).catch(rethrow(parent))
  try {
    for (const { name, text, mode } of files) await writeNewFile(join(draft, name), text, mode)
    await syncDirectory(draft)
    const proof = await prove(draft)
    await rename(draft, target)
    await syncDirectory(parent)
    return proof
  } catch (error) {
    // The first error is the one that says why.
    await rm(draft, { recursive: true, force: true }).catch(() => undefined)
    if (error instanceof SecretError) throw error
    throw isOccupied(error) ? occupied(target) : explained(target, error)
  }
}

const DRAFT = /^\.(.+)\.new-[A-Za-z0-9]{6}$/
/** Files of a keystore, a backup and a folder of lists; a draft has no others. */
const OURS =
  /^(?:ca\.|crl\.|biography\.|issued-|(?:recovery\.pem|manifest|revocations|escrow|drill|rotation)\b|log-checkpoint)/

/** Removes drafts of other names that killed processes have left, with their copies of a key: each backup may have a name of its own. */
async function removeAbandoned(parent: string, own: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const target = DRAFT.exec(name)?.[1]
    if (target === undefined || target === own || !(await isDraft(join(parent, name)))) continue
    // Its lock is held for as long as it is made.
    const release = await takeProcessLock(join(parent, `.${target}.lock`)).catch(() => undefined)
    if (release === undefined) continue
    try {
      await rm(join(parent, name), { recursive: true, force: true })
    } finally {
      await release()
    }
  }
}

async function isDraft(path: string): Promise<boolean> {
  const found = await lstat(path).catch(ifMissing)
  if (found?.isDirectory() !== true || found.uid !== process.geteuid?.()) return false
  return (await readdir(path)).every((name) => OURS.test(name))
}

/**
 * Checks that `directory` is absent or empty, and makes the directories above it.
 *
 * @throws {SecretError} `conflict` if anything is in it, `refused` if others could replace it
 */
export async function checkVacant(directory: string): Promise<void> {
  const target = resolve(directory)
  await mkdir(dirname(target), { recursive: true, mode: 0o700 }).catch(rethrow(dirname(target)))
  await checkParents(target)
  const entries = await readdir(target).catch((error: unknown) => {
    if (hasCode(error, ['ENOENT'])) return []
    throw explained(target, error)
  })
  if (entries.length > 0) throw occupied(target)
}

function rethrow(path: string): (error: unknown) => never {
  return (error) => {
    throw explained(path, error)
  }
}

function isOccupied(error: unknown): boolean {
  return hasCode(error, ['ENOTEMPTY', 'EEXIST'])
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return codes.includes(errnoOf(error) ?? '')
}

function occupied(directory: string): SecretError {
  return new SecretError(
    'conflict',
    `${directory} already has something in it, and a CA key is never replaced; open the CA that is there, restore a missing ` +
      'half from a backup, or name a new directory',
    { directory },
  )
}
