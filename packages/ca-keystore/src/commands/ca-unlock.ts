import { resolve } from 'node:path'
import {
  type CliContext,
  type Command,
  createPrinter,
  jsonLine,
  printing,
} from '@rekey/rekey/internal/command'
import { z } from 'zod'
import type { CaFlags } from './ca-command.ts'
import { openCaIn, type OpenFlags, reaching } from './open-ca-in.ts'

const LINES = jsonLine('opened', 'A CA was opened, has signed, and is closed.', {
  ...{ directory: z.string(), outcome: z.literal('opened'), subject: z.string() },
})

/** Adds `rekey ca unlock`. */
export function addUnlock(ca: Command, context: CliContext): void {
  printing(reaching(ca.command('unlock')), LINES, [
    'rekey ca unlock /srv/ca --passphrase-file -',
    'rekey ca unlock /srv/ca --module /usr/lib/softhsm/libsofthsm2.so --passphrase-file /run/ca.pin',
  ])
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
