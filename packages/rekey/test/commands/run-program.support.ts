import { Readable } from 'node:stream'
import { recallScrypt } from '@rekey/testbed/recall-scrypt'
import { join } from 'node:path'
import { checkLine } from './json-lines.support.ts'
import { fullName } from '../../src/commands/program-help.ts'
import { createProgram } from '../../src/commands/program.ts'
import { printFailure } from '../../src/commands/run.ts'

// `rekey ca` opens the same keystores in each test of a file.
recallScrypt()

/** The top of this work tree. */
const REPOSITORY = join(import.meta.dirname, '../../../..')

/** How a command line ended, and everything that it printed. */
export interface Run {
  readonly code: number
  readonly output: string
  /** The lines of `--json`. */
  readonly lines: () => Record<string, unknown>[]
  /** Those that are on standard error. */
  readonly errorLines: () => Record<string, unknown>[]
}

interface RunOptions {
  readonly env?: Record<string, string>
  readonly cwd?: string
  /** Piped into it. */
  readonly stdin?: string | undefined
  /** Whether its input and output are a terminal, where `stdin` is typed. Default false. */
  readonly isTTY?: boolean
}

/** A program that runs nowhere. */
export function newProgram(): ReturnType<typeof createProgram> {
  const process = { stdout: { write: () => true }, stderr: { write: () => true } }
  return createProgram({
    ...{ process, env: {}, cwd: '/nowhere', signal: new AbortController().signal },
  })
}

/**
 * Runs a command line in this process. With `--json`, each line is checked by the schema of its command. `rekey run` wants a process
 * of its own: it overwrites the environment of its process, in which other test files run afterwards.
 */
export async function runProgram(
  args: readonly string[],
  { env = {}, cwd = REPOSITORY, stdin, isTTY = false }: RunOptions = {},
): Promise<Run> {
  const out: string[] = []
  const err: string[] = []
  const process: { stdout: object; stderr: object; stdin?: Readable; exitCode?: number } = {
    ...(stdin !== undefined && {
      stdin: Object.assign(Readable.from([Buffer.from(stdin)]), { isTTY }),
    }),
    stdout: { write: (text: string) => out.push(text), isTTY },
    stderr: { write: (text: string) => err.push(text) },
  }
  const { signal } = new AbortController()
  const context = { process, env, cwd, signal } as unknown as Parameters<typeof createProgram>[0]
  let code: number | undefined
  let path = 'schema'
  try {
    const program = await createProgram(context, args)
    program.hook('preAction', (_, command) => {
      path = fullName(command)
      if (path === 'run') throw new Error('start rekey run in a process of its own')
    })
    await program.parseAsync(['node', 'rekey', ...args])
  } catch (error) {
    if (path === 'run') throw error
    code = printFailure(error, args, context)
  }
  const lines = () => parseLines(out)
  if (args.includes('--json')) for (const line of lines()) checkLine(path, line)
  return {
    code: code ?? process.exitCode ?? 0,
    output: [...out, ...err].join(''),
    lines,
    errorLines: () => parseLines(err.filter((text) => text.startsWith('{'))),
  }
}

function parseLines(texts: readonly string[]): Record<string, unknown>[] {
  return texts
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
