import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { relative } from 'node:path'
import { text } from 'node:stream/consumers'

/** How one run of a program ended, and what it printed. */
export interface ProgramRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program with nothing in its environment but `PATH` and `env`. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<ProgramRun> {
  const child = spawn(program, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  })
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  return { code, stdout, stderr }
}

/**
 * Runs a program that reads its settings from the home directory, and returns what it printed.
 *
 * @throws {Error} with its output, if it ends with another code than 0
 */
export async function succeed(
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<string> {
  const { HOME = '' } = process.env
  const { code, stdout, stderr } = await runProgram(program, args, { cwd, env: { HOME } })
  if (code === 0) return stdout
  const name = relative('/', program)
  throw new Error(
    `${name} ${args.slice(0, 2).join(' ')} ended with ${String(code)}: ${stdout}${stderr}`,
  )
}
