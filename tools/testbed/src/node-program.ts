import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Environment, type Program, runInstaller } from './program.ts'

const PACKAGE = `node-${process.platform}-${process.arch}`

/**
 * A row of the table for a version of Node.js, from the npm package that holds its executable. One on `PATH` is taken if it is of
 * the same major version.
 */
export function fromNodePackage(version: string): Program {
  const [major = ''] = version.split('.')
  return {
    version,
    cost: 'an npm package, about 120 MB',
    executable: `node_modules/${PACKAGE}/bin/node`,
    isRightVersion: async (file, environment) =>
      (await versionOf(file, environment)).startsWith(`v${major}.`),
    async install(directory, environment) {
      const flags = [
        '--no-save',
        '--no-package-lock',
        '--no-audit',
        '--no-fund',
        '--ignore-scripts',
      ]
      await runInstaller({
        command: 'npm',
        args: ['install', '--prefix', directory, ...flags, `${PACKAGE}@${version}`],
        environment,
        ifAbsent: 'npm is not on PATH: install Node.js with npm, then run this again',
      })
    },
  }
}

async function versionOf(file: string, environment: Environment): Promise<string> {
  try {
    return (await promisify(execFile)(file, ['--version'], { env: environment })).stdout
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (typeof code === 'number' || code === 'ENOEXEC' || code === 'ENOENT') return ''
    throw error
  }
}
