import { resolve } from 'node:path'
import type { CaKeystore } from '../ca-keystore.ts'
import { openCa } from '../pkcs11/open-ca.ts'
import type { CliContext, Command } from '@rekey/rekey/internal/command'
import { readPassphrase } from './read-passphrase.ts'

/** The flags that open a CA. */
export interface OpenFlags {
  readonly passphraseFile: string
  /** The PKCS#11 library. */
  readonly module?: string
}

/** Adds the flag of the PKCS#11 library. */
export function reaching(command: Command): Command {
  return command.option('--module <file>', 'the PKCS#11 library, for a CA whose key is in a token')
}

/**
 * Opens the CA in a directory by the passphrase, or the PIN of its token, that a flag names, and wipes that.
 *
 * @throws {SecretError} as `readPassphrase` and `openCa`
 */
export async function openCaIn(
  path: string,
  { passphraseFile, module }: OpenFlags,
  context: CliContext,
  flag = '--passphrase-file',
): Promise<CaKeystore> {
  using passphrase = await readPassphrase(passphraseFile, flag, context)
  const library = module && libraryAt(module, context)
  const directory = resolve(context.cwd, path)
  return await openCa({ directory, passphrase, module: library, attended: true })
}

/** A name without a folder is looked for where the system has its libraries. */
export function libraryAt(module: string, { cwd }: Pick<CliContext, 'cwd'>): string {
  return module.includes('/') ? resolve(cwd, module) : module
}
