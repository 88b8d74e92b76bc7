import type { Environment } from './environment.ts'
import { findProgram } from './find-program.ts'
import type { ProgramName } from './programs.ts'

/** A program as a test file sees it. */
export interface TestProgram {
  readonly found: boolean
  /** Its file; the bare name while absent, so that a suite that is not run can still be read. */
  readonly path: string
}

/**
 * Finds what a suite needs and builds nothing. If it is absent, reports that on stderr with the command that installs it, and the
 * suite is skipped; with `CI=true` the absence is an error.
 *
 * @example
 * ```ts
 * const gitleaks = await findForTest('gitleaks')
 * describe.runIf(gitleaks.found)('the history', () => { … run(gitleaks.path) … })
 * ```
 * @throws {Error} if the program is absent and `CI` is `true`
 */
export async function findForTest(
  name: ProgramName,
  environment: Environment = process.env,
): Promise<TestProgram> {
  const program = await findProgram(name, environment)
  if (program.found) return { found: true, path: program.path }
  const message = `${program.reason}. To install it: ${program.install}`
  if (environment['CI'] === 'true') throw new Error(message)
  process.stderr.write(`Suite skipped: ${message}\n`)
  return { found: false, path: name }
}
