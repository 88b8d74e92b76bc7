import { resolve } from 'node:path'
import { issueNoteKey } from '@rekey/audit-log/transparency'
import {
  type CliContext,
  type Command,
  createPrinter,
  jsonLine,
  printing,
} from '@rekey/rekey/internal/command'
import { z } from 'zod'
import { checkNewPath, writePrivateFile } from './passphrase-files.ts'

const LINES = jsonLine('made', 'The key of a log was made.', {
  path: z.string(),
  verifierKey: z.string().describe('its public half'),
})

interface LogKeyFlags {
  readonly out: string
  readonly json?: boolean
}

/** Adds `rekey ca log-key`. */
export function addLogKey(ca: Command, context: CliContext): void {
  printing(ca.command('log-key'), LINES, ['rekey ca log-key ct.example.com/log --out /run/log.key'])
    .description('make the key that signs the checkpoints of a log, and print its public half')
    .argument('<name>', 'of the log, as HOST/PATH; one for development begins with dev-')
    .requiredOption('--out <file>', 'is made, with the key')
    .action((name: string, flags: LogKeyFlags) => makeLogKey(name, flags, context))
}

async function makeLogKey(name: string, flags: LogKeyFlags, context: CliContext): Promise<void> {
  const path = resolve(context.cwd, flags.out)
  await checkNewPath(path)
  const { signerKey, verifierKey } = issueNoteKey(name)
  await writePrivateFile(path, signerKey.expose(), [])
  const { line } = createPrinter<typeof LINES>(flags, context)
  line(
    { type: 'made', path, verifierKey },
    `${path} has the key; LOG_VERIFIER_KEY of its clients:\n${verifierKey}`,
  )
}
