import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext, CommonFlags } from './cli-context.ts'
import { UsageError } from './failure.ts'
import { jsonLine, lineSchema, printing, schemaName } from './json-output.ts'
import { createPrinter } from './printer.ts'
import { leafCommands } from './program-help.ts'

const LINES = jsonLine('schema', 'The JSON Schema of the lines of a command.', {
  command: z.string(),
  schema: z.looseObject({}),
})

/** A command and the schema of its lines. */
interface CommandSchema {
  readonly path: string
  /** Of its file in the package: `ca-rotate-status`. */
  readonly name: string
  readonly schema: object
}

/** The schema of every command that has `--json`, in the order of `rekey --help`. */
export function commandSchemas(program: Command): readonly CommandSchema[] {
  return leafCommands(program).flatMap(({ path, command }) => {
    const schema = lineSchema(path, command)
    return schema === undefined ? [] : [{ path, name: schemaName(path), schema }]
  })
}

/** Defines `rekey schema`. */
export function defineSchema(command: Command, context: CliContext): void {
  printing(command, LINES, ['rekey schema rotate', 'rekey schema ca rotate status'])
    .argument('[command...]', 'the command, as ca rotate status; without, all')
    .action((words: string[], flags: CommonFlags) => printSchemas(words.join(' '), flags, context))
}

/** @throws {UsageError} for a command that does not exist */
async function printSchemas(
  wanted: string,
  flags: CommonFlags,
  context: CliContext,
): Promise<void> {
  const { line } = createPrinter<typeof LINES>(flags, context)
  const { createProgram } = await import('./program.ts')
  const program = await createProgram(context, wanted === '' ? undefined : wanted.split(' '))
  const all = commandSchemas(program)
  const found = all.filter(({ path }) => wanted === '' || path === wanted)
  if (found.length === 0) throw new UsageError(`there is no command ${wanted}: see rekey --help`)
  for (const { path, schema } of found) {
    line(
      { type: 'schema', command: path, schema: { ...schema } },
      JSON.stringify(schema, undefined, 2),
    )
  }
}
