import { access, constants, realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import type { Environment, Program } from './program.ts'
import { type ProgramName, programs } from './programs.ts'

/** A program that is here. */
export interface FoundProgram {
  readonly found: true
  readonly name: ProgramName
  readonly version: string
  readonly path: string
  /** Which of the three places had it. */
  readonly from: 'environment' | 'path' | 'cache'
}

/** A program that is not here. */
export interface AbsentProgram {
  readonly found: false
  readonly name: ProgramName
  readonly version: string
  /** Where it was looked for. */
  readonly reason: string
  /** The command that installs it. */
  readonly install: string
}

/**
 * Looks for a program: the file named by `REKEY_<NAME>`, then the program's own folder and `PATH` (in the right
 * version only), then the cache that `npm run testbed:install` fills. Installs nothing.
 */
export async function findProgram(
  name: ProgramName,
  environment: Environment = process.env,
): Promise<FoundProgram | AbsentProgram> {
  const program: Program = programs[name]
  const { version } = program
  const absent = (reason: string): AbsentProgram => {
    return { found: false, name, version, reason, install: `npm run testbed:install ${name}` }
  }
  const variable = `REKEY_${name.toUpperCase().replaceAll('-', '_')}`
  const chosen = environment[variable]
  if (chosen !== undefined) {
    if (await isExecutable(chosen)) {
      return { found: true, name, version, path: chosen, from: 'environment' }
    }
    return absent(`${variable} names a file that cannot be run: correct it or unset it`)
  }
  const onPath = await findOnPath(program, environment)
  if (onPath !== undefined) return { found: true, name, version, path: onPath, from: 'path' }
  const cached = join(cacheDirectory(name, environment), program.executable)
  if (await isExecutable(cached)) {
    return { found: true, name, version, path: cached, from: 'cache' }
  }
  return absent(`${name} ${version} is neither in ${variable}, nor on PATH, nor in the cache`)
}

/** Where the program is kept once installed: outside the work tree, one folder for each version. */
export function cacheDirectory(name: ProgramName, environment: Environment): string {
  const base = environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  return join(base, 'rekey-testbed', `${name}-${programs[name].version}`)
}

async function findOnPath(program: Program, environment: Environment) {
  const onPath = (environment['PATH'] ?? '').split(delimiter)
  const directories = [program.ownFolder ?? '', ...onPath].filter((part) => part !== '')
  for (const directory of directories) {
    const file = join(directory, basename(program.executable))
    if (!(await isExecutable(file))) continue
    if (await program.isRightVersion(file, environment)) return file
  }
  return undefined
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return true
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(code)) return false
    throw error
  }
}

/** A program as a test file sees it. */
export interface TestProgram {
  readonly found: boolean
  /** Its file; the bare name while absent, so that a suite that is not run can still be read. */
  readonly path: string
}

/**
 * Finds what a suite needs and builds nothing. If it is absent, reports that on stderr with the command that installs it, and the
 * suite is skipped; with `CI=true` the absence is an error, but for one that is installed on demand.
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
  const { onDemand = false }: Program = programs[name]
  if (environment['CI'] === 'true' && !onDemand) throw new Error(message)
  process.stderr.write(`Suite skipped: ${message}\n`)
  return { found: false, path: name }
}

/** The name of a server for the title of a suite, and the folder of its programs; without one, those from npm. */
export type PostgresServer = readonly [name: string, binDirectory: string | undefined]

/**
 * The PostgreSQL versions that a suite is run on. The catalogues differ: 16 brought grant options, 17 the privilege MAINTAIN. The lane `embedded` names
 * the one from npm in `REKEY_POSTGRES`, and `older` the other one.
 *
 * @throws {Error} if PostgreSQL 15 is absent and `CI` is `true`; otherwise its suite is left out, as stderr reports
 */
export async function findPostgresServers(): Promise<readonly PostgresServer[]> {
  const latest: PostgresServer = ['PostgreSQL 18', undefined]
  const only = process.env['REKEY_POSTGRES']
  if (only === '18') return [latest]
  const { found, path } = await findForTest('postgresql-15')
  if (!found) return [latest]
  const old: PostgresServer = ['PostgreSQL 15', dirname(await realpath(path))]
  return only === '15' ? [old] : [latest, old]
}
