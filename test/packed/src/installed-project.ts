import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PackedPackage } from './packed-packages.ts'

const FLAGS = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--no-progress']

/** A folder outside of this repository in which npm has installed tarballs, with what it resolves beside them. */
export interface InstalledProject extends AsyncDisposable {
  readonly root: string
}

/**
 * Has npm install tarballs and packages of its registry into an empty folder.
 *
 * @param packages such as `express@4`
 * @throws {Error} with the words of npm, if it refuses them
 */
export async function installPackages(
  tarballs: readonly PackedPackage[],
  packages: readonly string[],
): Promise<InstalledProject> {
  const root = await mkdtemp(join(tmpdir(), 'rekey-installed-'))
  const close = () => rm(root, { recursive: true, force: true })
  try {
    await writeFile(join(root, 'package.json'), '{ "private": true, "type": "module" }')
    const wanted = [...tarballs.map(({ tarball }) => tarball), ...packages]
    await promisify(execFile)('npm', ['install', ...FLAGS, ...wanted], { cwd: root })
    return { root, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}
