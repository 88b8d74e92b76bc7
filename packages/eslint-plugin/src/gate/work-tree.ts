import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { fileError, ifMissing, readRegularFile } from '@rekey/secret/internal/files'
import { listFiles } from './git.ts'

const MAX_BYTES = 16 * 1024 * 1024

/** The files that hold code, by their names. */
export const CODE = /\.[cm]?[jt]sx?$/

/**
 * Reads a file of the work tree at `root`.
 *
 * @returns `undefined` if there is none
 * @throws {SecretError} for a link that leads out of the work tree, what is no regular file, and more than 16 MiB
 */
export async function readWorkFile(root: string, file: string): Promise<string | undefined> {
  const path = join(root, file)
  try {
    if ((await lstat(path).catch(ifMissing)) === undefined) return undefined
    const real = await realpath(path)
    if (!(await isWithin(root, real))) throw leadsOut(file)
    return await readRegularFile(real, { maxBytes: MAX_BYTES })
  } catch (error) {
    throw fileError(error, path)
  }
}

/** Whether a path without links lies in the work tree at `root`. */
export async function isWithin(root: string, real: string): Promise<boolean> {
  const top = await realpath(root)
  return real === top || real.startsWith(top + sep)
}

function leadsOut(file: string): Error {
  return new Error(`${file} is a link that leads out of the repository: put the file itself there`)
}

/** The code that git tracks or would take, relative to `root`. A link is none: what it leads to may lie anywhere. */
export async function listCode(root: string): Promise<string[]> {
  const files = (await listFiles(root)).filter((file) => CODE.test(file))
  const found = await Promise.all(
    files.map(async (file) => {
      const status = await lstat(join(root, file)).catch(() => undefined)
      return status === undefined || status.isSymbolicLink() ? [] : [file]
    }),
  )
  return found.flat().sort()
}

const OTHERS: readonly string[] = ['node_modules', '.git']

/**
 * Requires that what is under `paths` of the work tree can be read: a linter opens each file by its name, and a pipe holds it up for good.
 *
 * @throws {Error} for code that is a pipe, a socket or a device, or a link to one
 */
export async function requireReadable(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const found = await stat(join(root, path)).catch(() => undefined)
    if (found?.isDirectory() === true) await requireReadable(root, await codeIn(root, path))
    else if (found?.isFile() === false) throw notReadable(path)
  }
}

/** The folders and the code in a folder. A link to a folder is none, as for the linter. */
async function codeIn(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  return entries
    .filter((entry) => (entry.isDirectory() ? !OTHERS.includes(entry.name) : CODE.test(entry.name)))
    .map(({ name }) => join(folder, name))
}

function notReadable(path: string): Error {
  return new Error(`${path} is a pipe, a socket or a device, which no linter can read: remove it`)
}
