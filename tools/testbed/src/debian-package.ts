import { execFile } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Environment, type Program, runInstaller } from './program.ts'

/** A program that Debian and its descendants package. */
export interface DebianPackage {
  readonly package: string
  /** Where the package puts the program. */
  readonly file: string
  readonly version: string
  /** The start of the answer to `--version`, in the right version. */
  readonly answer: string
  /** In place of `--version`, for a program that has no such flag: what has it print `answer` on stderr. */
  readonly ask?: string
  readonly cost: string
}

/**
 * A row of the table for a Debian package. It is installed by `apt-get`, which must be run by root and reports that; the cache
 * then has a link to it.
 */
export function fromDebian(wanted: DebianPackage): Program {
  const { file, version, answer, ask, cost } = wanted
  const executable = basename(file)
  return {
    version,
    cost,
    executable,
    ownFolder: dirname(file),
    isRightVersion: async (candidate) => (await answerOf(candidate, ask)).startsWith(answer),
    async install(directory, environment) {
      await installPackage(wanted.package, environment)
      await symlink(file, join(directory, executable))
    },
  }
}

async function installPackage(name: string, environment: Environment): Promise<void> {
  const aptGet = (...args: string[]) =>
    runInstaller({
      command: 'apt-get',
      args: ['-qq', ...args],
      environment: { ...environment, DEBIAN_FRONTEND: 'noninteractive' },
      ifAbsent: `there is no apt-get here: install the package ${name} of your system, then run this again`,
    })
  await aptGet('update')
  await aptGet('install', '--yes', '--no-install-recommends', name)
}

async function answerOf(file: string, ask = '--version'): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)(file, [ask])
    return stdout === '' ? stderr : stdout
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string }
    if (typeof code === 'number') return ask === '--version' ? '' : stderr
    if (code === 'ENOEXEC' || code === 'ENOENT') return ''
    throw error
  }
}
