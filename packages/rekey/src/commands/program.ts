import { printableText } from '@rekey/secret/internal'
import { Command } from 'commander'
import type { CliContext } from './cli-context.ts'
import { COMMANDS, OPERATE, PARENTS } from './commands.ts'
import { addHelp } from './program-help.ts'

/**
 * Creates the command line. Of every command that `args` do not name, it has the name and the summary alone, and loads no file.
 *
 * @param args the words after `rekey`; default: all commands are loaded
 */
export async function createProgram(
  context: CliContext,
  args?: readonly string[],
): Promise<Command> {
  const program = new Command('rekey')
    .description('Rotate the secrets of a family of services, and show their status.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.process.stdout.write(text),
      // It repeats the words that it does not know.
      writeErr: (text) => context.process.stderr.write(printableText(text)),
    })
    .showHelpAfterError('(see rekey --help)')
    .commandsGroup(OPERATE)
  const isCalled = callOf(args)
  for (const { path, group, summary, load } of COMMANDS) {
    const [first = '', second] = path.split(' ')
    const parent = second === undefined ? program : parentOf(program, first)
    const command = parent.command(second ?? first, { hidden: group === undefined })
    command.description(summary).showHelpAfterError(`(see rekey ${path} --help)`)
    if (second === undefined && group !== undefined) command.helpGroup(group)
    if (isCalled(path)) (await load())(command, context)
  }
  addHelp(program)
  return program
}

/** Whether the words of a command line begin with those of a command. */
function callOf(args: readonly string[] | undefined): (path: string) => boolean {
  if (args === undefined || args[0] === '--help-all') return () => true
  const called = `${(args[0] === 'help' ? args.slice(1) : args).join(' ')} `
  return (path) => called.startsWith(`${path} `)
}

function parentOf(program: Command, name: string): Command {
  const known = program.commands.find((command) => command.name() === name)
  if (known !== undefined) return known
  const { group, summary } = PARENTS[name] ?? {}
  return program
    .command(name)
    .description(summary ?? '')
    .helpGroup(group ?? '')
}
