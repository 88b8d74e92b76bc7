import { resolve } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CaFlags } from './ca-command.ts'
import type { CliContext } from '../cli-context.ts'
import { jsonLine, printing } from '../json-output.ts'
import { openCaIn, type OpenFlags, reaching } from '../open-ca.ts'
import { createPrinter } from '../printer.ts'

const LINES = jsonLine('opened', 'A CA was opened, has signed, and is closed.', {
  ...{ directory: z.string(), outcome: z.literal('opened'), subject: z.string() },
})

/** Adds `rekey ca unlock`. */
export function addUnlock(ca: Command, context: CliContext): void {
  printing(reaching(ca.command('unlock')), LINES)
    .description('prove a passphrase or PIN: open the CA, have its key sign, close it again')
    .argument('<directory>', 'the keystore of the CA')
    .requiredOption('--passphrase-file <file>', 'holds the passphrase, or the PIN of its token')
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
  createPrinter<typeof LINES>(flags, context).line(
    { type: 'opened', directory, outcome: 'opened', subject: ca.name },
    text,
  )
}
