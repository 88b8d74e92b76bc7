import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Environment, runInstaller } from './program.ts'

const run = promisify(execFile)

/** A program that Go builds from a published module. */
export interface GoModule {
  /** The module's path: `github.com/zricethezav/gitleaks/v8`. */
  readonly path: string
  /** The folder of the program in it; default: its top. */
  readonly folder?: string
  /** Without the leading `v`. */
  readonly version: string
}

/**
 * The version of `module` that was built into the program at `file`, or `undefined` if the program is another one or `go` is
 * not installed. Programs built by `go install` know their own version by no other way.
 */
export async function readGoVersion(
  module: GoModule,
  file: string,
  environment: Environment,
): Promise<string | undefined> {
  const buildInfo = await readBuildInfo(file, environment)
  const parts = Array.from(buildInfo.matchAll(/\t(?:mod|dep)\t(\S+)\tv(\S+)/g))
  return parts.find(([, path]) => path === module.path)?.[2]
}

async function readBuildInfo(file: string, env: Environment): Promise<string> {
  try {
    return (await run('go', ['version', '-m', file], { env })).stdout
  } catch (error) {
    const { code } = error as { code?: unknown }
    const isNoGoProgram = typeof code === 'number'
    if (isNoGoProgram || code === 'ENOENT') return ''
    throw error
  }
}

/**
 * Builds `module` into `directory`; the output of Go goes to this process's stderr.
 *
 * @throws {Error} if `go` is absent or the build fails
 */
export async function installGoModule(
  module: GoModule,
  directory: string,
  environment: Environment,
): Promise<void> {
  const { path, folder, version } = module
  const name = `${folder === undefined ? path : `${path}/${folder}`}@v${version}`
  await runGo(['install', name], {
    product: name,
    environment: { ...environment, GOBIN: directory, CGO_ENABLED: '0' },
  })
}

/**
 * Runs `go` with these arguments, in `cwd`; its output goes to this process's stderr.
 *
 * @throws {Error} if `go` is absent, naming `product` as built with it, or if it fails
 */
export async function runGo(
  args: readonly string[],
  options: {
    readonly product: string
    readonly environment: Environment
    readonly cwd?: string
  },
): Promise<void> {
  const { product, environment, ...rest } = options
  const ifAbsent = `go is not on PATH, and ${product} is built with it: install Go, then run this again`
  // The compiler lives for seconds: a heap that grows to five times what is in use spares a fifth of its work.
  const spared = { GOGC: '400', ...environment }
  await runInstaller({ command: 'go', args, ifAbsent, environment: spared, ...rest })
}

/**
 * Makes `scratch` a module that builds `module` from the copy of its source at `scratch/source`, where it can be changed.
 *
 * @throws {Error} if `go`, `cp` or `chmod` is absent or fails
 */
export async function copyGoModule(
  module: GoModule,
  scratch: string,
  environment: Environment,
): Promise<void> {
  const { path, folder, version } = module
  const product = `${path}@v${version}`
  const go = (...args: string[]) => runGo(args, { product, environment, cwd: scratch })
  await writeFile(join(scratch, 'go.mod'), 'module scratch\n\ngo 1.26\n')
  await go('get', '-tool', `${folder === undefined ? path : `${path}/${folder}`}@v${version}`)
  const where = ['list', '-m', '-f', '{{.Dir}}', path]
  const { stdout } = await run('go', where, { cwd: scratch, env: environment })
  for (const [command, ...args] of [
    ['cp', '-R', stdout.trim(), 'source'],
    ['chmod', '-R', 'u+w', 'source'],
  ] as const) {
    const ifAbsent = `${command} is not on PATH: correct PATH, then run this again`
    await runInstaller({ command, args, environment, ifAbsent, cwd: scratch })
  }
  await go('mod', 'edit', `-replace=${path}=./source`)
}
