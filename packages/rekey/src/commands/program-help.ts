import { type Command, CommanderError } from 'commander'
import { examplesOf } from './command-examples.ts'
import { EXIT_CODE_TABLE, SCHEDULER_RULE } from './failure.ts'
import { ownVersion } from './own-version.ts'

const EXIT_CODE_LINES = EXIT_CODE_TABLE.map(({ code, meaning }) => `  ${code}  ${meaning}`)

/** Adds `--version`, `--help-all`, the exit codes, and examples to the help of each command. */
export function addHelp(program: Command): void {
  program.version(ownVersion(), '-v, --version', 'print the version')
  program.addHelpText(
    'after',
    ['', 'Exit codes:', ...EXIT_CODE_LINES, '', SCHEDULER_RULE].join('\n'),
  )
  program.option('--help-all', 'display help for every command')
  program.on('option:help-all', () => {
    printAllHelp(program)
  })
  program.addHelpText('before', examples(['rekey status', 'rekey rotate KIND SECRET --plan']))
  for (const { command } of leafCommands(program)) {
    const lines = examplesOf(command)
    if (lines.length > 0) command.addHelpText('before', examples(lines))
  }
}

/** @throws {CommanderError} with the exit code 0, as `--help` does */
function printAllHelp(program: Command): never {
  const commands = leafCommands(program).filter(({ path }) => path !== 'complete')
  program.outputHelp()
  for (const { command } of commands) {
    program.configureOutput().writeOut?.('\n')
    command.outputHelp()
  }
  throw new CommanderError(0, 'commander.help', '(outputHelp)')
}

function examples(lines: readonly string[]): string {
  return ['Examples:', ...lines.map((line) => `  ${line}`), ''].join('\n')
}

/** Every command that does something, by its whole name: `ca rotate status`. */
export function leafCommands(
  parent: Command,
): readonly { readonly path: string; readonly command: Command }[] {
  return parent.commands.flatMap((command) => {
    const isLeaf = command.commands.length === 0
    return isLeaf ? [{ path: fullName(command), command }] : leafCommands(command)
  })
}

/** The whole name of a command, without that of the program: `ca rotate status`. */
export function fullName(command: Command): string {
  const { parent } = command
  return parent?.parent ? `${fullName(parent)} ${command.name()}` : command.name()
}
