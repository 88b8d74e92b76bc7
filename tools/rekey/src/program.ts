import { Command } from 'commander'
import type { CliContext, CommonFlags } from './cli-context.ts'
import { rotateSecret } from './rotate-command.ts'
import { showStatus } from './status-command.ts'

const KINDS = ['api-key', 'database']

/** The command line: each command reads one running development stack. */
export function createProgram(context: CliContext): Command {
  const program = new Command('rekey')
    .description('Rotates the secrets of a family of services, and says where they stand.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.process.stdout.write(text),
      writeErr: (text) => context.process.stderr.write(text),
    })
    .showHelpAfterError('(see rekey --help)')
  withCommonFlags(program.command('rotate'))
    .description('rotate one secret, or go on with a rotation that was interrupted')
    .argument('<kind>', KINDS.join(' or '))
    .argument('<secret>', 'SENDER:RECEIVER for an API key, SERVICE for a database login')
    .option('--deadline-ms <ms>', 'how long to wait for replicas and sessions', '60000')
    .action((kind: string, secret: string, flags: CommonFlags & { deadlineMs: string }) =>
      rotateSecret(`${kind} ${secret}`, flags, context),
    )
  withCommonFlags(program.command('status'))
    .description(
      'what each secret’s versions are, who has acknowledged them, and which rotation is open',
    )
    .action((flags: CommonFlags) => showStatus(flags, context))
  return program
}

function withCommonFlags(command: Command): Command {
  return command
    .option('--stack <directory>', 'which stack, where several run')
    .option('--json', 'print JSON, one object a line')
}
