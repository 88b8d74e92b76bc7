import type { Command, Option } from 'commander'
import { EXAMPLES } from '../../src/commands/examples.ts'
import { EXIT_CODE_TABLE, SCHEDULER_RULE } from '../../src/commands/failure.ts'
import { schemaName } from '../../src/commands/json-output.ts'
import { leafCommands } from '../../src/commands/program-help.ts'

/** Writes the reference of a command line in Markdown. */
export function referenceOf(program: Command): string {
  const codes = EXIT_CODE_TABLE.map(({ code, meaning, remedy }) => [
    ...[String(code), meaning, remedy],
  ])
  const commands = leafCommands(program).filter(({ path }) => path !== 'complete')
  return [
    '# The command line',
    'Every option of `rekey`, from the program itself. [The README](../../packages/rekey/README.md) is the way in.',
    table(
      ['command', 'purpose'],
      commands.map(({ path, command }) => [
        `[\`${path}\`](#rekey-${schemaName(path)})`,
        command.description(),
      ]),
    ),
    '## Exit codes',
    'They are the same for every command. `run` ends with the exit code of its command.',
    table(['exit code', 'meaning', 'then'], codes),
    SCHEDULER_RULE,
    ...commands.flatMap(({ path, command }) => sectionOf(path, command)),
    '',
  ].join('\n\n')
}

function sectionOf(path: string, command: Command): string[] {
  const options = command.options.filter(({ hidden }) => !hidden)
  const parts = command.registeredArguments.map((argument) => [
    `\`${argument.name()}\``,
    [argument.description, ...choicesOf(argument.argChoices)].join('; '),
  ])
  const examples = EXAMPLES[path] ?? []
  return [
    `## rekey ${path}`,
    sentence(command.description()),
    fenced('text', [`rekey ${path} ${command.usage()}`]),
    ...(parts.length > 0 ? [table(['argument', 'meaning'], parts)] : []),
    table(
      ['option', 'meaning'],
      options.map((option) => [`\`${option.flags}\``, meaningOf(option)]),
    ),
    ...(examples.length > 0 ? [fenced('sh', examples)] : []),
    `JSON Schema of its lines: [\`schemas/${schemaName(path)}.json\`](../../packages/rekey/schemas/${schemaName(path)}.json)`,
  ]
}

function meaningOf(option: Option): string {
  const { description, argChoices, mandatory } = option
  const value = option.defaultValue as string | number | readonly string[] | undefined
  const isShown = value !== undefined && !(Array.isArray(value) && value.length === 0)
  return [
    `${mandatory ? '**required**: ' : ''}${description}`,
    ...choicesOf(argChoices),
    ...(isShown && !option.negate ? [`default \`${String(value)}\``] : []),
  ].join('; ')
}

function choicesOf(choices: readonly string[] | undefined): string[] {
  return choices === undefined ? [] : [choices.map((choice) => `\`${choice}\``).join(', ')]
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function fenced(language: string, lines: readonly string[]): string {
  return ['```' + language, ...lines, '```'].join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const lines = [head, head.map(() => '---'), ...escaped].map((row) => `| ${row.join(' | ')} |`)
  return lines.join('\n')
}
