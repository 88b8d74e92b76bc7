import { resolve } from 'node:path'
import { issueNoteKey } from '@rekey/transparency-log'
import type { Command } from 'commander'
import type { CliContext } from './cli-context.ts'
import { checkNewPath, writePrivateFile } from './passphrase-files.ts'
import { createPrinter } from './printer.ts'

interface LogKeyFlags {
  readonly out: string
  readonly json?: boolean
}

/** Adds `rekey ca log-key`. */
export function addLogKey(ca: Command, context: CliContext): void {
  ca.command('log-key')
    .description('make the key that signs the checkpoints of a log, and print its public half')
    .argument('<name>', 'of the log, as HOST/PATH; one for development begins with dev-')
    .requiredOption('--out <file>', 'is made, with the key')
    .option('--json', 'print JSON, one object a line')
    .action((name: string, flags: LogKeyFlags) => makeLogKey(name, flags, context))
}

async function makeLogKey(name: string, flags: LogKeyFlags, context: CliContext): Promise<void> {
  const path = resolve(context.cwd, flags.out)
  await checkNewPath(path)
  const { signerKey, verifierKey } = issueNoteKey(name)
  await writePrivateFile(path, signerKey.expose(), [])
  const { line } = createPrinter(flags, context)
  line(
    { path, verifierKey },
    `${path} has the key; LOG_VERIFIER_KEY of its clients:\n${verifierKey}`,
  )
}
