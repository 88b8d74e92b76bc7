import { existsSync } from 'node:fs'
import { lstat, readdir, realpath } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { ifMissing } from '@rekey/secret/internal/files'
import { listFiles } from '../git.ts'
import { CODE, isWithin } from '../work-tree.ts'

/** Not written here: what is installed, and what is built. */
const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules', 'dist', '.git'])

/** Whether the name is that of a file that {@link listCode} lists. */
function isCode(name: string): boolean {
  return CODE.test(name) || name.endsWith('.vue')
}

/**
 * Lists the files with code under `paths`, relative to `root`: of a folder, all but what git ignores, links, and the folders
 * `node_modules` and `dist` in it. A file that is named itself is always one of them.
 *
 * @throws {Error} for a path that does not exist, leads out of `root`, or has no code
 */
export async function listCode(root: string, paths: readonly string[]): Promise<string[]> {
  const top = await realpath(root)
  const listed = await Promise.all(paths.map((path) => listPath(top, path)))
  return [...new Set(listed.flat())].toSorted()
}

async function listPath(top: string, path: string): Promise<string[]> {
  const real = await realpath(resolve(top, path)).catch(ifMissing)
  if (real === undefined) throw new Error(`${path} does not exist: correct PATH`)
  if (!(await isWithin(top, real))) {
    throw new Error(`${path} lies outside of ${top}: name that folder with --root`)
  }
  const isFolder = (await lstat(real)).isDirectory()
  if (!isFolder && !isCode(real)) {
    throw new Error(
      `${path} is neither a folder nor JavaScript, TypeScript or Vue: name another PATH`,
    )
  }
  const files = isFolder ? await codeUnder(real) : [real]
  if (files.length === 0) {
    throw new Error(`${path} has no code, or git ignores all of it: name another PATH`)
  }
  return files.map((file) => relative(top, file).replaceAll(sep, '/'))
}

async function codeUnder(folder: string): Promise<string[]> {
  const code: string[] = []
  const folders = [folder]
  for (const each of folders) {
    const isRepository = each === folder || existsSync(join(each, '.git'))
    // Git lists nothing where there is no work tree, or it is absent.
    const listed = isRepository ? await listFiles(each).catch(() => undefined) : undefined
    const names = listed ?? (await readdir(each))
    for (const name of names) {
      if (name.split('/').some((part) => LEFT_OUT.has(part))) continue
      const path = join(each, name)
      // What git still lists may be gone, and a link leads to what is linted where it is, or is of others.
      const found = await lstat(path).catch(ifMissing)
      if (found?.isDirectory() === true) folders.push(path)
      else if (found?.isFile() === true && isCode(name)) code.push(path)
    }
  }
  return code
}
