import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { CaFlags } from './ca-command.ts'
import type { CliContext } from './cli-context.ts'
import { openCaIn, type OpenFlags, reaching } from './open-ca.ts'
import { createPrinter } from './printer.ts'

/** Adds `rekey ca unlock`. */
export function addUnlock(ca: Command, context: CliContext): void {
  reaching(ca.command('unlock'))
    .description('prove a passphrase or PIN: open the CA, have its key sign, close it again')
    .argument('<directory>', 'the keystore of the CA')
    .requiredOption('--passphrase-file <file>', 'holds the passphrase, or the PIN of its token')
    .option('--json', 'print JSON, one object a line')
    .action((path: string, flags: OpenFlags & CaFlags) => unlock(path, flags, context))
}

async function unlock(
  path: string,
  flags: OpenFlags & CaFlags,
  context: CliContext,
): Promise<void> {
  await using ca = await openCaIn(path, flags, context)
  const directory = resolve(context.cwd, path)
  const text = `${directory} opens: its key signs for ${ca.name}`
  createPrinter(flags, context).line({ directory, outcome: 'opened', subject: ca.name }, text)
}
