import { readdir, realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { SecretError } from '@rekey/secret'
import { checkUnchangeable, errnoOf, readRegularFile } from '@rekey/secret/internal/files'

/** The `rekey` of a project. */
export interface LocalMain {
  /** The URL of its entry. */
  readonly main: string
  /** States which copy runs. */
  readonly note: string
}

const ANSWERED_HERE: ReadonlySet<string | undefined> = new Set([
  ...['complete', 'completion', '--version', '-v'],
])

/** Whether the command that was called answers by itself: shells ask for words in each folder that a person enters. @param args those after `rekey` */
export function isAnsweredHere([first]: readonly string[]): boolean {
  return ANSWERED_HERE.has(first)
}

/**
 * Finds the `rekey` that the project of a directory has installed, so that it and the modules of the project use the same packages,
 * whichever `rekey` was called.
 *
 * @param own the URL of a module in `src` or `dist` of the command that was called
 * @returns nothing if the project has none, or has the one that was called
 * @throws {SecretError} `refused` if another user could have changed a file of it, or its entry is outside of it
 */
export async function findLocalMain(cwd: string, own: string): Promise<LocalMain | undefined> {
  const manifest = manifestFrom(cwd)
  if (manifest === undefined) return undefined
  const folder = dirname(await realpath(manifest))
  if (folder === dirname(dirname(await realpath(fileURLToPath(own))))) return undefined
  await checkCopy(folder)
  const text = await readRegularFile(join(folder, 'package.json'))
  const { bin, version } = JSON.parse(text) as Manifest
  const main = join(folder, bin.rekey)
  if (!main.startsWith(folder + sep)) {
    throw new SecretError('refused', `${folder} has its command at ${main}: install it anew`)
  }
  const note = `rekey ${version ?? ''} of this project runs: ${folder}`
  return { main: pathToFileURL(main).href, note }
}

interface Manifest {
  readonly bin: { readonly rekey: string }
  readonly version?: string
}

/** Checks each file of a package, but for those of packages in it. */
async function checkCopy(folder: string): Promise<void> {
  try {
    await checkUnchangeable(folder)
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    for (const { name, parentPath } of entries) {
      const path = join(parentPath, name)
      if (!relative(folder, path).split(sep).includes('node_modules')) await checkUnchangeable(path)
    }
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    const remedy = 'or call the one of the project by its name: npx rekey'
    throw new SecretError(error.code, `${error.message}; ${remedy}`, error.details)
  }
}

function manifestFrom(cwd: string): string | undefined {
  try {
    return createRequire(join(cwd, 'package.json')).resolve('@rekey/rekey/package.json')
  } catch (error) {
    if (errnoOf(error) === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
