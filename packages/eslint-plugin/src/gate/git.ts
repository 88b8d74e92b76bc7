import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** More than a list of all files, or one file, of a large repository. */
const MAX_OUTPUT = 256 * 1024 * 1024

/** A repository does not choose a program that git starts. */
const TRUSTED = ['-c', 'core.fsmonitor=false', '-c', 'log.showSignature=false']

/**
 * The output of a command of git in `folder`.
 *
 * @throws {Error} where git is absent, fails, or prints more than 256 MiB
 */
export async function git(folder: string, ...command: string[]): Promise<string> {
  return (await gitBytes(folder, ...command)).toString()
}

/** The output of a command of git, as {@link git} gives it, of what may be no text. */
export async function gitBytes(folder: string, ...command: string[]): Promise<Buffer> {
  const options = { cwd: folder, maxBuffer: MAX_OUTPUT, encoding: 'buffer' } as const
  return (await run('git', [...TRUSTED, ...command], options)).stdout
}

/** The files below `folder` that git tracks or would take, and the repositories in it; files that are gone may still be listed. */
export async function listFiles(folder: string): Promise<string[]> {
  const listed = await git(folder, 'ls-files', '-z', '--cached', '--others', '--exclude-standard')
  return [...new Set(namesIn(listed))]
}

/** The names in what git prints with `-z`. */
export function namesIn(listed: string): string[] {
  return listed.split('\0').filter((name) => name !== '')
}
