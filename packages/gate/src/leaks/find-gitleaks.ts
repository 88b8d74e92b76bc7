import { access, constants, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

const INSTALL =
  'install gitleaks 8.25 or newer (https://github.com/gitleaks/gitleaks), or name its file with --gitleaks FILE'

/** Where gitleaks is, or why it is not run and what to do. */
export type FoundGitleaks =
  { readonly path: string } | { readonly path?: never; readonly why: string; readonly fix: string }

/**
 * Finds gitleaks: the file that is named, otherwise the first on `PATH`.
 *
 * @throws {Error} if the file that is named cannot be run
 */
export async function findGitleaks(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<FoundGitleaks> {
  if (named !== undefined) {
    if (await isProgram(named)) return { path: named }
    throw new Error(`--gitleaks names ${named}, which cannot be run: correct the path or its mode`)
  }
  for (const directory of (env['PATH'] ?? '').split(delimiter).filter((part) => part !== '')) {
    const path = join(directory, 'gitleaks')
    if (await isProgram(path)) return { path }
  }
  return { why: 'gitleaks is not on PATH', fix: INSTALL }
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}
