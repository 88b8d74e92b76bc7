import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** More than a list of all files of a large repository, or one file of 256 MiB. */
const MAX_OUTPUT = 257 * 1024 * 1024

/** A repository does not choose a program that git starts. */
const TRUSTED = ['-c', 'core.fsmonitor=false', '-c', 'log.showSignature=false']

/**
 * The output of a command of git in `folder`.
 *
 * @throws {Error} where git is absent, fails, or prints more than 257 MiB
 */
export async function git(folder: string, ...command: string[]): Promise<string> {
  return (await gitWithInput(folder, '', ...command)).toString()
}

/** The output of a command of git that reads `input`. */
export async function gitWithInput(
  folder: string,
  input: string,
  ...command: string[]
): Promise<Buffer> {
  const options = { cwd: folder, maxBuffer: MAX_OUTPUT, encoding: 'buffer' } as const
  const running = run('git', [...TRUSTED, ...command], options)
  // Git that ends before it has read all fails with its exit code.
  running.child.stdin?.on('error', () => undefined).end(input)
  return (await running).stdout
}

/**
 * The parts of what a command of git prints with `-z`, however much that is.
 *
 * @throws {Error} where git is absent or fails
 */
export async function* gitParts(folder: string, ...command: string[]): AsyncGenerator<string> {
  const stdio = ['ignore', 'pipe', 'ignore'] as const
  const child = spawn('git', [...TRUSTED, ...command], { cwd: folder, stdio: [...stdio] })
  const ended = once(child, 'close')
  // It may fail before it is waited for.
  ended.catch(() => undefined)
  let rest = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    const parts = `${rest}${String(chunk)}`.split('\0')
    rest = parts.pop() ?? ''
    yield* parts
  }
  const [code] = (await ended) as [number | null]
  if (code !== 0) throw new Error(`git ${command[0] ?? ''} failed in ${folder}: run it by hand`)
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
