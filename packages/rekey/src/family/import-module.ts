import { stat } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'

const TYPESCRIPT = /\.[cm]?ts$/

/** Whether this program is run from its own TypeScript, by a loader that then imports that of others too. */
const HAS_LOADER = TYPESCRIPT.test(new URL(import.meta.url).pathname)

let turn: Promise<unknown> = Promise.resolve()

/**
 * Imports a module of the repository that is read. TypeScript is compiled in this process, on every version of Node.js alike, and
 * nothing of it is written to disk; the packages that it imports are the ones that this program has imported itself.
 *
 * @param path absolute
 */
export async function importModule(path: string): Promise<unknown> {
  if (!(await stat(path)).isFile()) throw new TypeError('a module is a regular file')

  if (HAS_LOADER || !TYPESCRIPT.test(path)) return import(pathToFileURL(path).href)
  // One after the other: a file that two of them import is evaluated once.
  const imported = turn.then(() => importTypeScript(path))
  turn = imported.catch(() => undefined)
  return imported
}

async function importTypeScript(path: string): Promise<unknown> {
  const { createJiti } = await import('jiti')
  // All that JITI_* variables could change otherwise: where a cache is written, and what is printed of an error.
  const loader = createJiti(import.meta.url, {
    fsCache: false,
    moduleCache: true,
    debug: false,
    sourceMaps: false,
    interopDefault: false,
    tryNative: false,
    esmEvalTempFile: false,
    jsx: false,
    tsconfigPaths: false,
    alias: {},
    nativeModules: [],
    transformModules: [],
  })
  return loader.import(path)
}
