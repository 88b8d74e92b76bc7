import { createRequire } from 'node:module'
import { dirname, relative, resolve, sep } from 'node:path'
import { realpath, stat } from 'node:fs/promises'
import { jsonIn } from '@rekey/secret'
import { checkUnchangeable, errnoOf, readRegularFile } from '@rekey/secret/internal/files'

/** `from '…'`, `import '…'`, `import('…')` and `require('…')`; also in comments, where it names a file too many. */
const SPECIFIER = /\b(?:from|import|require)\s*\(?\s*(['"])([^'"\n]{1,4096})\1/g

const SUFFIXES = ['', '.ts', '.mts', '.js', '.mjs', '.cjs', '.json', '/index.ts', '/index.js']

/**
 * Checks that no other user could have changed a module, nor what it imports from the same project, directly or not, nor what a file of
 * JSON extends: all of it runs with the module. Packages below `node_modules` are those of the package manager. A specifier that is computed is not seen.
 *
 * @param root the project: what is imported from outside of it is checked itself, and what that imports is not
 * @throws {SecretError} `refused` naming the file; `missing` if the module itself is not there
 */
export async function checkModules(root: string, module: string): Promise<void> {
  const seen = new Set<string>()
  const left = [module]
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    await checkUnchangeable(path)
    if (!isOfProject(root, path)) continue
    for (const specifier of importsOf(path, await readRegularFile(path))) {
      const found = await find(specifier, path)
      if (found !== undefined && !isInstalled(found)) left.push(found)
    }
  }
}

/** The modules of a file, as far as its text names them; of JSON the one in `extends`. */
function importsOf(path: string, text: string): string[] {
  if (!path.endsWith('.json')) return [...text.matchAll(SPECIFIER)].map(([, , name = '']) => name)
  const { extends: base } = Object(jsonIn(text) ?? {}) as { readonly extends?: unknown }
  return typeof base === 'string'
    ? [`./${relative(dirname(path), resolve(dirname(path), base))}`]
    : []
}

function isOfProject(root: string, path: string): boolean {
  return !relative(root, path).startsWith('..')
}

function isInstalled(path: string): boolean {
  return path.split(sep).includes('node_modules')
}

/** The file that a specifier stands for; undefined where Node.js finds none, so that the import itself fails. */
async function find(specifier: string, from: string): Promise<string | undefined> {
  if (!specifier.startsWith('.')) return findPackage(specifier, from)
  const base = resolve(dirname(from), specifier)
  // TypeScript may import `./x.js` and mean `./x.ts`.
  const bases = [base, base.replace(/\.([cm]?)js$/, '.$1ts')]
  for (const path of bases.flatMap((one) => SUFFIXES.map((suffix) => one + suffix))) {
    // Not its real path: a link is refused, which could lead elsewhere by the time of the import.
    if (await isThere(path)) return path
  }
  return undefined
}

async function isThere(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory()
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return false
    throw error
  }
}

/** A package of a workspace is a link to a folder of the project. */
async function findPackage(specifier: string, from: string): Promise<string | undefined> {
  try {
    return await realpath(createRequire(from).resolve(specifier))
  } catch {
    return undefined
  }
}
