import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** One way to get a program in one version. */
export interface Program {
  readonly version: string
  /** The cost of the installation, in words. */
  readonly cost: string
  /** Whether it is installed by its name alone, since that takes more than five minutes. Its suites are skipped where it is absent. */
  readonly onDemand?: boolean
  /** The executable, in the program's folder in the cache. `PATH` is searched for its file name. */
  readonly executable: string
  /** A folder that is searched before `PATH`: where a system keeps administrators' programs. */
  readonly ownFolder?: string
  /** Whether the file is this program in this version. */
  isRightVersion(file: string, environment: Environment): Promise<boolean>
  /** Puts the program into `directory`, with its executable at {@link executable}. */
  install(directory: string, environment: Environment): Promise<void>
}

/** Environment variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A command that fetches or builds a program. */
interface Installer {
  readonly command: string
  readonly args: readonly string[]
  readonly environment: Environment
  /** The remedy where the command is absent: "go is not on PATH: install Go, then run this again". */
  readonly ifAbsent: string
  readonly cwd?: string
}

/**
 * Runs a command to its end; its output goes to this process's stderr.
 *
 * @throws {Error} if it is absent or fails
 */
export async function runInstaller(installer: Installer): Promise<void> {
  const { command, args, environment, ifAbsent, cwd } = installer
  const child = spawn(command, args, {
    stdio: ['ignore', process.stderr, 'inherit'],
    env: { ...environment },
    ...(cwd !== undefined && { cwd }),
  })
  const [exitCode] = (await once(child, 'exit').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new Error(ifAbsent)
  })) as [number | null]
  if (exitCode !== 0) {
    throw new Error(`${[command, ...args].join(' ')} failed: its own words are above`)
  }
}
