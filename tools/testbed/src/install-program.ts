import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Environment } from './program.ts'
import { cacheDirectory, findProgram, type FoundProgram } from './find-program.ts'
import { type ProgramName, programs } from './programs.ts'

/**
 * Installs a program into the cache unless it is here already. It is made in a folder of its own and moved into place whole,
 * so an interrupted installation leaves nothing half done and two at once do not clash: the first to finish wins.
 *
 * @param report called with what is about to take long, in words
 * @throws {Error} if it could not be built, or `REKEY_<NAME>` names a file that cannot be run
 */
export async function installProgram(
  name: ProgramName,
  report: (progress: string) => void,
  environment: Environment = process.env,
): Promise<FoundProgram> {
  const present = await findProgram(name, environment)
  if (present.found) return present
  const program = programs[name]
  const target = cacheDirectory(name, environment)
  await mkdir(dirname(target), { recursive: true })
  const workshop = await mkdtemp(`${target}.building-`)
  try {
    report(`${name} ${program.version}: installing (${program.cost})`)
    await program.install(workshop, environment)
    await moveIntoPlace(workshop, target)
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
  const installed = await findProgram(name, environment)
  if (!installed.found) throw new Error(installed.reason)
  return installed
}

async function moveIntoPlace(workshop: string, target: string): Promise<void> {
  try {
    await rename(workshop, target)
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    if (!['ENOTEMPTY', 'EEXIST'].includes(code)) throw error
  }
}
