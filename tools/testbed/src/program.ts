import type { Environment } from './environment.ts'

/** One way to get a program in one version. */
export interface Program {
  readonly version: string
  /** The cost of the installation, in words. */
  readonly cost: string
  /** The executable, in the program's folder in the cache. `PATH` is searched for its file name. */
  readonly executable: string
  /** A folder that is searched before `PATH`: where a system keeps administrators' programs. */
  readonly ownFolder?: string
  /** Whether the file is this program in this version. */
  isRightVersion(file: string, environment: Environment): Promise<boolean>
  /** Puts the program into `directory`, with its executable at {@link executable}. */
  install(directory: string, environment: Environment): Promise<void>
}
