import { findContradictions } from '../family/access/find-contradictions.ts'
import type { Contradiction } from '../family/access/service-secret.ts'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext } from './cli-context.ts'
import { UsageError } from './failure.ts'
import { contradictionLine, familyHere } from './family-here.ts'
import { type DefinitionFlags, findDefinitions } from './find-definitions.ts'
import { jsonLine, printing } from './json-output.ts'
import { createPrinter } from './printer.ts'

const LINES = z.discriminatedUnion('type', [
  contradictionLine({}),
  jsonLine('summary', 'The last line.', {
    family: z.string().describe('the file that declares it'),
    services: z.int(),
    secrets: z.int(),
    contradictions: z.int(),
  }),
])

/** Defines `rekey family check`. */
export function defineFamilyCheck(command: Command, context: CliContext): void {
  printing(command, LINES, ['rekey family check']).action((flags: DefinitionFlags) =>
    checkFamily(flags, context),
  )
}

/** Prints each contradiction with its remedy. The exit code is 1 if there is any, 2 if the declaration itself is none. */
async function checkFamily(flags: DefinitionFlags, context: CliContext): Promise<void> {
  const found = await familyHere(context)
  if (found === undefined) {
    throw new UsageError('no family.json here: run it where one is, or begin with rekey init')
  }
  const definitions = (await findDefinitions([], flags, context)).map(({ definition, file }) => ({
    ...definition,
    file,
  }))
  const all = findContradictions(found.family, definitions, { file: found.path })
  const printer = createPrinter<typeof LINES>(flags, context)
  for (const one of all) printer.line({ type: 'contradiction', ...one }, describe(one))
  const secrets = definitions.reduce((sum, one) => sum + Object.keys(one.secrets).length, 0)
  const counts = { services: definitions.length, secrets, contradictions: all.length }
  printer.line(
    { type: 'summary', family: found.path, ...counts },
    `${counts.services} services with ${secrets} secrets: ${all.length === 0 ? 'they agree with' : `${all.length} contradictions to`} ${found.path}`,
  )
  if (all.length > 0) context.process.exitCode = 1
}

function describe({ rule, where, why, fix }: Contradiction): string {
  return `problem  ${rule}: ${where.file}${where.part === undefined ? '' : ` (${where.part})`}: ${why}; ${fix}`
}
