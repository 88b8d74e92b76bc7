import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import type { Command } from './applications.ts'

/** How a command of an application ended, and what it printed. */
export interface CommandRun {
  /** null: a signal ended it. */
  readonly code: number | null
  readonly output: string
}

/** A command that runs, in a process group of its own. */
export interface RunningCommand {
  readonly ended: Promise<CommandRun>
  /** What it has printed so far. */
  readonly output: () => string
  /** Ends the command and all that it has started. */
  readonly end: () => Promise<CommandRun>
}

/** Where a command runs, and what its environment has beside `PATH`. */
export interface CommandPlace {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

const DEADLINE_MS = 1_200_000

/** Starts a command with nothing in its environment but `PATH` and that of its place. */
export function startCommand(
  [program = '', ...args]: Command,
  place: CommandPlace,
): RunningCommand {
  const child = spawn(program, args, {
    cwd: place.cwd,
    env: { PATH: process.env['PATH'] ?? '', ...place.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const parts: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => parts.push(part))
  }
  const endGroup = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  process.once('exit', endGroup)
  // What it leaves behind would keep its output open.
  child.once('exit', endGroup)
  const ended = once(child, 'close').then(([code]) => {
    process.off('exit', endGroup)
    return { code: code as number | null, output: parts.join('') }
  })
  const end = async () => {
    endGroup()
    return ended
  }
  return { ended, output: () => parts.join(''), end }
}

/** Runs a command to its end, or to a deadline. */
export async function runCommand(command: Command, place: CommandPlace): Promise<CommandRun> {
  const running = startCommand(command, place)
  const deadline = setTimeout(() => void running.end(), DEADLINE_MS)
  try {
    return await running.ended
  } finally {
    clearTimeout(deadline)
  }
}

/**
 * Runs a command that has to succeed.
 *
 * @throws {Error} with the end of its output, if it ends with another code than 0
 */
export async function succeedIn(command: Command, place: CommandPlace): Promise<string> {
  const { code, output } = await runCommand(command, place)
  if (code === 0) return output
  throw new Error(`${command.join(' ')} ended with ${String(code)}: ${output.slice(-3000)}`)
}
