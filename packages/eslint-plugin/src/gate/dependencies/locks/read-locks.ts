import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readWorkFile } from '../../work-tree.ts'
import { readBunLock } from './bun-lock.ts'
import type { Lock, LockReader } from './lock.ts'
import { readNpmLock } from './npm-lock.ts'
import { readPnpmLock } from './pnpm-lock.ts'
import { readYarnLock } from './yarn-lock.ts'

/** Package managers whose locks are read. */
type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun'

/** The locks by their names, with the command that writes each. */
const LOCKS: ReadonlyMap<string, readonly [PackageManager, LockReader]> = new Map([
  ['npm-shrinkwrap.json', ['npm', readNpmLock]],
  ['package-lock.json', ['npm', readNpmLock]],
  ['pnpm-lock.yaml', ['pnpm', readPnpmLock]],
  ['yarn.lock', ['yarn', readYarnLock]],
  ['bun.lock', ['bun', readBunLock]],
])

/** Bun 1.1 and older. */
const BINARY = 'bun.lockb'

/** A lock of the repository. */
export interface FoundLock extends Lock {
  readonly file: string
  readonly manager: PackageManager
}

/**
 * Reads every lock at the top of the work tree.
 *
 * @throws {Error} for one that cannot be read, with its name and what to do
 */
export async function readLocks(root: string): Promise<FoundLock[]> {
  const found: FoundLock[] = []
  for (const [file, [manager, read]] of LOCKS) {
    const text = await readWorkFile(root, file)
    if (text === undefined) continue
    try {
      found.push({ file, manager, ...read(text) })
    } catch (error) {
      throw new Error(
        `${file}${lineOf(error)} cannot be read, as after a merge: have ${manager} write it anew`,
      )
    }
  }
  if (existsSync(join(root, BINARY)) && !found.some(({ manager }) => manager === 'bun')) {
    const unstated = ['it is no text: bun install --save-text-lockfile']
    found.push({ file: BINARY, manager: 'bun', packages: [], unstated })
  }
  return found
}

/** The line that the parser of YAML names. */
function lineOf(error: unknown): string {
  const { mark } = error as { mark?: { line?: number } }
  return mark?.line === undefined ? '' : `, line ${mark.line + 1},`
}
