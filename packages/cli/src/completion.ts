import { Argument, type Command, type Option } from 'commander'
import { z } from 'zod'
import type { CliContext, CommonFlags } from './cli-context.ts'
import { jsonLine, printing } from './json-output.ts'
import { createPrinter } from './printer.ts'

const LINES = jsonLine('script', 'The script that completes in a shell.', {
  shell: z.string(),
  script: z.string(),
})

/** The script by shell; each asks the hidden command `complete` for the words that may follow, one a line. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_rekey() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(rekey complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _rekey rekey
`,
  zsh: `#compdef rekey
_rekey() {
  local -a found
  found=("\${(@f)$(rekey complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found || _files
}
# From a file of $fpath it is called when it is first needed, not sourced.
if [[ $funcstack[1] == _rekey ]]; then _rekey "$@"; else compdef _rekey rekey; fi
`,
  fish: `complete -c rekey -a '(rekey complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
}

const SHELLS: readonly string[] = Object.keys(SCRIPTS)

/** Adds `completion SHELL` and the hidden command that its scripts call. */
export function addCompletion(program: Command, context: CliContext): void {
  printing(program.command('completion'), LINES)
    .description('print the script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'where it is to be loaded').choices(SHELLS))
    .action((shell: string, flags: CommonFlags) => {
      const script = SCRIPTS[shell] ?? ''
      const { line } = createPrinter<typeof LINES>(flags, context)
      line({ type: 'script', shell, script }, script.trimEnd())
    })
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action((words: string[]) => {
      context.process.stdout.write(candidates(program, words).join('\n') + '\n')
    })
}

/**
 * The words that may stand in place of the last one.
 *
 * @param words after `rekey`, the last one unfinished
 */
function candidates(program: Command, words: readonly string[]): readonly string[] {
  const command = words.slice(0, -1).reduce<Command>((parent, word) => {
    return visible(parent).find((child) => child.name() === word) ?? parent
  }, program)
  const options = [...command.options, ...program.options.filter(() => command === program)]
  const [before, last = ''] = [words.at(-2), words.at(-1)]
  const waiting = options.find(
    ({ long, short, required }) => required && (before === long || before === short),
  )
  if (waiting !== undefined) return startingWith(last, waiting.argChoices ?? [])
  if (last.startsWith('-')) return startingWith(last, [...options.map(nameOf), '--help'])
  const names = visible(command).map((child) => child.name())
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices)
  return startingWith(last, [...names, ...choices])
}

function startingWith(start: string, words: readonly string[]): readonly string[] {
  return words.filter((word) => word.startsWith(start))
}

function visible(command: Command): readonly Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help')
}

function nameOf({ long, short, flags }: Option): string {
  return long ?? short ?? flags
}
