import type { Environment } from './environment.ts'

/** One way to get a program in one version. */
export interface Program {
  readonly version: string
  /** What the installation costs, for the one who waits. */
  readonly cost: string
  /** What is run, in the program's folder in the cache. Its file name is what `PATH` is searched for. */
  readonly executable: string
  /** A folder that is searched before `PATH`: where a system keeps what is not for everybody. */
  readonly ownFolder?: string
  /** Whether the file is this program in this version. */
  isRightVersion(file: string, environment: Environment): Promise<boolean>
  /** Puts the program into `directory`, with its executable where {@link executable} says. */
  install(directory: string, environment: Environment): Promise<void>
}
