import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Environment, type Program, runInstaller } from './program.ts'
import { runGo } from './go-module.ts'

const run = promisify(execFile)

const VERSION = '1.21.4'
const MODULE = 'github.com/hashicorp/vault'

/**
 * Vault's own go.mod replaces its `sdk` by a folder that the module does not have, and the published `sdk` closest to it
 * differs in two signatures. These three lines bring the callers in step with it.
 */
const SUBSTITUTIONS = [
  {
    file: 'vault/identity_store.go',
    from: 'ActivationFunc: iStore.activateDeduplication,',
    to: 'ActivationFunc: func(ctx context.Context, req *logical.Request, _ string) error { return iStore.activateDeduplication(ctx, req) },',
  },
  {
    file: 'vault/logical_system_activation_flags.go',
    from: 'ActivationFunc(ctx, nil)',
    to: 'ActivationFunc(ctx, nil, "")',
  },
  {
    file: 'builtin/logical/transit/path_restore.go',
    from: 'restoredKeyName, err := b.lm.RestorePolicy(',
    to: 'restoredKeyName := keyName\n\terr := b.lm.RestorePolicy(',
  },
] as const

/**
 * HashiCorp Vault, built from its Go module for the tests on this machine. Only a `vault` of exactly this version is taken
 * from `PATH`; any other server with the same commands, such as OpenBao's `bao`, is used by naming it in `REKEY_VAULT`.
 */
export const vaultProgram: Program = {
  version: VERSION,
  cost: 'about 10 minutes, 366 MB; needs Go',
  executable: 'vault',
  isRightVersion,
  async install(directory, environment) {
    const scratch = join(directory, 'scratch')
    await mkdir(scratch)
    await adaptSource(scratch, environment)
    await goIn(scratch, environment, 'build', '-ldflags=-s -w', '-o', '../vault', MODULE)
    await rm(scratch, { recursive: true })
    if (await isRightVersion(join(directory, 'vault'), environment)) return
    throw new Error(`go built another version than vault ${VERSION}`)
  },
}

async function isRightVersion(file: string, environment: Environment): Promise<boolean> {
  try {
    const { stdout } = await run(file, ['version'], { env: environment })
    return /^Vault v(\S+?),? /.exec(stdout)?.[1] === VERSION
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (typeof code === 'number' || code === 'ENOEXEC' || code === 'ENOENT') return false
    throw error
  }
}

/** Fills `scratch` with a module that builds Vault from a copy of its source, in which it can be adapted. */
async function adaptSource(scratch: string, environment: Environment): Promise<void> {
  await writeFile(join(scratch, 'go.mod'), 'module scratch\n\ngo 1.26\n')
  await goIn(scratch, environment, 'get', '-tool', `${MODULE}@v${VERSION}`)
  const where = ['list', '-m', '-f', '{{.Dir}}', MODULE]
  const { stdout } = await run('go', where, { cwd: scratch, env: environment })
  for (const [command, ...args] of [
    ['cp', '-R', stdout.trim(), 'source'],
    ['chmod', '-R', 'u+w', 'source'],
  ] as const) {
    const ifAbsent = `${command} is not on PATH: correct PATH, then run this again`
    await runInstaller({ command, args, environment, ifAbsent, cwd: scratch })
  }
  for (const { file, from, to } of SUBSTITUTIONS) {
    await substitute(join(scratch, 'source', file), from, to)
  }
  await goIn(scratch, environment, 'mod', 'edit', `-replace=${MODULE}=./source`)
}

function goIn(cwd: string, environment: Environment, ...args: string[]): Promise<void> {
  return runGo(args, { product: 'Vault', environment, cwd })
}

async function substitute(file: string, from: string, to: string): Promise<void> {
  const parts = (await readFile(file, 'utf8')).split(from)
  if (parts.length !== 2) {
    throw new Error(`${file} has ${parts.length - 1} times, and not once, the text: ${from}`)
  }
  await writeFile(file, parts.join(to))
}
