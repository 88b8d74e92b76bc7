import { join } from 'node:path'
import { describeFailure, exitCodeOf } from './failure.ts'
import { createProgram } from './program.ts'

/** The top of this work tree. */
const REPOSITORY = join(import.meta.dirname, '../../..')

/** How a command line ended, and everything that it printed. */
export interface Run {
  readonly code: number
  readonly output: string
  /** The lines of `--json`. */
  readonly lines: () => Record<string, unknown>[]
}

/** Runs a command line in this process. */
export async function runProgram(
  args: readonly string[],
  { env = {}, cwd = REPOSITORY }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<Run> {
  const out: string[] = []
  const err: string[] = []
  const process: { stdout: object; stderr: object; exitCode?: number } = {
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
  }
  const context = { process, env, cwd, signal: new AbortController().signal }
  let code: number | undefined
  try {
    const program = createProgram(context as unknown as Parameters<typeof createProgram>[0])
    await program.parseAsync(['node', 'rekey', ...args])
  } catch (error) {
    err.push(describeFailure(error))
    code = exitCodeOf(error)
  }
  const lines = () =>
    out
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  return { code: code ?? process.exitCode ?? 0, output: [...out, ...err].join(''), lines }
}
