import { Argument, type Command } from 'commander'
import { z } from 'zod'
import type { CliContext, CommonFlags } from './cli-context.ts'
import { complete } from './complete.ts'
import { jsonLine, printing } from './json-output.ts'
import { createPrinter } from './printer.ts'

const LINES = jsonLine('script', 'The script that completes in a shell.', {
  shell: z.string(),
  script: z.string(),
})

/** The script by shell; each asks the hidden command `complete` for the words that may follow, one a line. */
const SCRIPTS: Readonly<Record<string, string>> = {
  // It cuts SENDER:RECEIVER into three words, of which it replaces the last one only.
  bash: `_rekey() {
  local word words=() end
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    end=$((\${#words[@]} - 1))
    if [[ $end -ge 0 && ( $word == :* || \${words[end]} == *: ) ]]; then words[end]+=$word
    else words+=("$word"); fi
  done
  word=\${words[\${#words[@]} - 1]}
  local cut="\${word%"\${word##*:}"}"
  [[ $COMP_WORDBREAKS == *:* ]] || cut=
  COMPREPLY=()
  while IFS= read -r word; do COMPREPLY+=("\${word#"$cut"}"); done < <(rekey complete -- "\${words[@]}" 2>/dev/null)
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

/** Defines `rekey completion`. */
export function defineCompletion(command: Command, context: CliContext): void {
  printing(command, LINES, ['rekey completion bash > /etc/bash_completion.d/rekey'])
    .addArgument(new Argument('<shell>', 'where it is to be loaded').choices(SHELLS))
    .action((shell: string, flags: CommonFlags) => {
      const script = SCRIPTS[shell] ?? ''
      const { line } = createPrinter<typeof LINES>(flags, context)
      line({ type: 'script', shell, script }, script.trimEnd())
    })
}

/** Defines the hidden command that the scripts of the shells call. */
export function defineComplete(command: Command, context: CliContext): void {
  command.argument('[words...]').action((words: string[]) => complete(words, context))
}
