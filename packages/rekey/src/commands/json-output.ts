import type { Command } from 'commander'
import { z } from 'zod'
import { keepExamples } from './command-examples.ts'

/** The version of the schemas. Only a line that loses a part or changes its meaning raises it: new parts and new types of line do not. */
const SCHEMA_VERSION = 1

const OUTPUTS = new WeakMap<Command, z.ZodType>()

/** A point in time: a `Date` here, ISO 8601 in JSON. */
export const instant = z.date()

/** The name of a secret. */
export const secretName = z.string()

/** A failure as `--json` has it: of the command, or of one secret of several. */
export const FAILURE = z
  .object({
    type: z.literal('failure'),
    // eslint-disable-next-line @rekey/min-key-length -- the name of a secret, which is of any length
    secret: z.string().optional().describe('the secret that failed, where the others went on'),
    outcome: z.enum(['failed', 'busy']),
    code: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    exitCode: z.int(),
  })
  .describe('A failure of the command, or of one secret.')

/** Describes one type of line. */
export function jsonLine<T extends string, S extends z.ZodRawShape>(
  type: T,
  description: string,
  shape: S,
) {
  return z.object({ type: z.literal(type), ...shape }).describe(description)
}

/** A line of {@link jsonLine} before it is written as JSON; lists may be readonly. */
export type Shown<T> = unknown extends T
  ? T
  : T extends Date
    ? T
    : { readonly [K in keyof T]: Shown<T[K]> }

/**
 * Adds `--json`, with which a command prints lines that fit `output`.
 *
 * @param examples what a person types, for the help
 */
export function printing(
  command: Command,
  output: z.ZodType,
  examples: readonly string[] = [],
): Command {
  OUTPUTS.set(command, output)
  keepExamples(command, examples)
  return command.option('--json', 'print JSON Lines; their schema: rekey schema')
}

/**
 * Derives the JSON Schema (draft 2020-12) of every line that a command prints with `--json`.
 *
 * @param path the whole name of the command: `ca rotate status`
 * @returns undefined for a command without `--json`
 */
export function lineSchema(path: string, command: Command): object | undefined {
  const output = OUTPUTS.get(command)
  if (output === undefined) return undefined
  const { $schema, ...schema } = z.toJSONSchema(z.union([output, FAILURE]), {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { type } = zodSchema._zod.def
      if (type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' })
    },
  })
  return {
    $schema,
    $id: `urn:rekey:cli:v${SCHEMA_VERSION}:${schemaName(path)}`,
    title: `A line of rekey ${path} --json`,
    ...schema,
  }
}

/** The name of a schema in the package: `ca-rotate-status`. */
export function schemaName(path: string): string {
  return path.replaceAll(' ', '-')
}
