import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { pathsFor, ROOT } from './contributing-rows.ts'

/** Is linked, built, or of no use to what is added. */
const LEFT_OUT = /^(?:node_modules|dist|out-tsc|corpus|tsconfig.*)$/

/** Adds one thing, and touches no file that its row of CONTRIBUTING does not name. */
interface Addition {
  /** Writes a file that is not there yet. */
  write(path: string, text: string): Promise<void>
  /** Puts text before `anchor`, which a file has once. */
  insert(path: string, anchor: string, text: string): Promise<void>
}

/** A copy of folders of the repository, in which tests add things as CONTRIBUTING says. Packages that are not copied are those of the repository. */
export interface Workbench extends AsyncDisposable {
  /** A place in it. */
  at(path: string): string
  /** Begins to add what a row is for: `a lint rule`. */
  add(what: string): Addition
  /** Has other packages find a new one by its name, as `npm install` does. */
  link(name: string, folder: string): Promise<void>
  /** Imports a module of the copy. */
  load(path: string): Promise<unknown>
}

/** Copies `folders`, and links what they import. */
export async function openWorkbench(folders: readonly string[]): Promise<Workbench> {
  const root = await mkdtemp(join(tmpdir(), 'rekey-workbench-'))
  const at = (path: string) => join(root, path)
  const isCopied = (path: string) => !LEFT_OUT.test(basename(path))
  for (const path of folders) {
    await cp(join(ROOT, path), at(path), { recursive: true, filter: isCopied })
  }
  for (const folder of ['.', ...folders]) {
    const modules = join(folder, 'node_modules')
    // One without modules of its own gets a link that leads nowhere.
    await symlink(join(ROOT, modules), at(modules))
  }
  return {
    at,
    add(what) {
      const named = pathsFor(what).map(
        (path) => new RegExp(`^${path.replace(/[A-Z]{2,}/g, '[\\w-]+')}(?:/|$)`),
      )
      const allowed = (path: string) => {
        if (named.some((pattern) => pattern.test(path))) return at(path)
        throw new Error(`CONTRIBUTING does not name ${path} for ${what}`)
      }
      return {
        async write(path, text) {
          await mkdir(dirname(allowed(path)), { recursive: true })
          await writeFile(at(path), text, { flag: 'wx' })
        },
        async insert(path, anchor, text) {
          const [before = '', after, ...more] = (await readFile(allowed(path), 'utf8')).split(
            anchor,
          )
          if (after === undefined || more.length > 0) {
            throw new Error(`${path} has ${JSON.stringify(anchor)} ${more.length + 1} times`)
          }
          await writeFile(at(path), `${before}${text}${anchor}${after}`)
        },
      }
    },
    async link(name, folder) {
      const link = at(join('packages/node_modules', name))
      await mkdir(dirname(link), { recursive: true })
      await symlink(at(folder), link)
    },
    load: (path) => import(pathToFileURL(at(path)).href) as Promise<unknown>,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  }
}
