import { chmod, readdir, realpath, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Environment, type Program, runInstaller } from './program.ts'

/** A program that pip installs. */
export interface PipPackage {
  readonly package: string
  /** Which of its optional parts the program needs. */
  readonly extras: readonly string[]
  readonly version: string
  /** The program's file name. */
  readonly executable: string
  /** The Python module that is the program. */
  readonly module: string
  readonly cost: string
}

/**
 * A row of the table for a package of the Python Package Index, installed into a virtual environment of its own. The scripts
 * that pip writes name the folder in which they were made, and that folder is renamed afterwards; so what is run is a script
 * of ours, which looks beside itself.
 */
export function fromPip(wanted: PipPackage): Program {
  const { version, executable, cost } = wanted
  return {
    version,
    cost,
    executable,
    isRightVersion: (file) => isInstalledBeside(file, wanted),
    async install(directory, environment) {
      await installPackage(wanted, directory, environment)
      const script = join(directory, executable)
      await writeFile(script, launcherOf(wanted))
      await chmod(script, 0o755)
    },
  }
}

async function installPackage(
  { package: name, extras, version }: PipPackage,
  directory: string,
  environment: Environment,
): Promise<void> {
  const run = (command: string, ...args: string[]) =>
    runInstaller({
      command,
      args,
      environment,
      ifAbsent: `${command} is not on PATH: install Python 3 with its venv module, then run this again`,
    })
  await run('python3', '-m', 'venv', directory)
  const optional = extras.length > 0 ? `[${extras.join(',')}]` : ''
  const requirement = `${name}${optional}==${version}`
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
  await run(join(directory, 'bin', 'python3'), ...pip, requirement)
}

function launcherOf({ module }: PipPackage): string {
  return `#!/bin/sh
here=$(dirname -- "$(readlink -f -- "$0")")
exec "$here/bin/python3" -m ${module} "$@"
`
}

/** Reads what pip leaves beside a package (PyPA specification "Recording installed projects"); runs nothing. */
async function isInstalledBeside(file: string, wanted: PipPackage): Promise<boolean> {
  const folder = dirname(await realpath(file))
  const record = `${wanted.package.replaceAll('-', '_')}-${wanted.version}.dist-info`
  for (const place of [folder, dirname(folder)]) {
    for (const python of await entriesOf(join(place, 'lib'))) {
      const packages = await entriesOf(join(place, 'lib', python, 'site-packages'))
      if (packages.includes(record)) return true
    }
  }
  return false
}

async function entriesOf(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(code)) return []
    throw error
  }
}
