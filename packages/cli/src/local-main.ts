import { readFile, realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { SecretError } from '@rekey/secret'
import { checkUnchangeable, errnoOf } from '@rekey/secret/files'

/**
 * Finds the `rekey` that the project of a directory has installed, so that it and the modules of the project use the same packages,
 * whichever `rekey` was called.
 *
 * @param own the URL of a module in `src` or `dist` of the command that was called
 * @returns the URL of its entry; nothing if the project has none, or has the one that was called
 * @throws {SecretError} `refused` if another user could have changed it
 */
export async function findLocalMain(cwd: string, own: string): Promise<string | undefined> {
  const manifest = manifestFrom(cwd)
  if (manifest === undefined) return undefined
  const folder = dirname(await realpath(manifest))
  if (folder === dirname(dirname(await realpath(fileURLToPath(own))))) return undefined
  const { bin } = JSON.parse(await readFile(manifest, 'utf8')) as { bin: { rekey: string } }
  const main = join(folder, bin.rekey)
  await checkUnchangeable(main).catch((error: unknown) => {
    if (!(error instanceof SecretError)) throw error
    const remedy = 'or call the one of the project by its name: npx rekey'
    throw new SecretError(error.code, `${error.message}; ${remedy}`, error.details)
  })
  return pathToFileURL(main).href
}

function manifestFrom(cwd: string): string | undefined {
  try {
    return createRequire(join(cwd, 'package.json')).resolve('@rekey/cli/package.json')
  } catch (error) {
    if (errnoOf(error) === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
