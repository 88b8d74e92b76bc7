import { findProgram, type FoundProgram, type ProgramName } from '@rekey/testbed'

/**
 * Finds a server of the testbed. Installs nothing.
 *
 * @throws {Error} with the command that installs it
 */
export async function requireProgram(name: ProgramName): Promise<FoundProgram> {
  const program = await findProgram(name)
  if (program.found) return program
  throw new Error(`${program.reason}. To install it: ${program.install}`)
}
