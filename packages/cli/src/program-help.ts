import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { EXAMPLES } from './examples.ts'
import { EXIT_CODE_MEANINGS } from './failure.ts'

const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string }

const EXIT_CODE_LINES = EXIT_CODE_MEANINGS.map(([code, meaning]) => `  ${code}  ${meaning}`)

/** Adds `--version`, the exit codes, and examples to the help of each command. */
export function addHelp(program: Command): void {
  program.version(version, '-v, --version', 'print the version')
  program.addHelpText('after', ['', 'Exit codes:', ...EXIT_CODE_LINES].join('\n'))
  for (const { path, command } of leafCommands(program)) {
    const lines = (EXAMPLES[path] ?? []).map((example) => `  ${example}`)
    if (lines.length > 0) command.addHelpText('after', ['', 'Examples:', ...lines].join('\n'))
  }
}

/** Every command that does something, by its whole name: `ca rotate status`. */
export function leafCommands(
  parent: Command,
  prefix: readonly string[] = [],
): readonly { readonly path: string; readonly command: Command }[] {
  return parent.commands.flatMap((command) => {
    const path = [...prefix, command.name()]
    const isLeaf = command.commands.length === 0
    return isLeaf ? [{ path: path.join(' '), command }] : leafCommands(command, path)
  })
}
