import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Environment, Program } from './program.ts'
import { copyGoModule, runGo } from './go-module.ts'

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
    await copyGoModule({ path: MODULE, version: VERSION }, scratch, environment)
    for (const { file, from, to } of SUBSTITUTIONS) {
      await substitute(join(scratch, 'source', file), from, to)
    }
    const build = ['build', '-ldflags=-s -w', '-o', '../vault', MODULE]
    await runGo(build, { product: 'Vault', environment, cwd: scratch })
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

async function substitute(file: string, from: string, to: string): Promise<void> {
  const parts = (await readFile(file, 'utf8')).split(from)
  if (parts.length !== 2) {
    throw new Error(`${file} has ${parts.length - 1} times, and not once, the text: ${from}`)
  }
  await writeFile(file, parts.join(to))
}
