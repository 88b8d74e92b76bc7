import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findDrift } from '../family/definitions/generated-files.ts'
import { fileError } from '@rekey/secret/internal/files'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext } from './cli-context.ts'
import { type DefinitionFlags, findDefinitions } from './find-definitions.ts'
import { jsonLine, printing } from './json-output.ts'
import { defined, SERVICE } from './options.ts'
import { createPrinter } from './printer.ts'

const GENERATE_LINES = jsonLine('file', 'A file that was written, or with --check would be.', {
  path: z.string(),
  outcome: z.enum(['written', 'drifted']),
})

interface GenerateFlags extends DefinitionFlags {
  readonly check?: boolean
  readonly out?: string
}

/** Defines `rekey generate`. */
export function defineGenerate(command: Command, context: CliContext): void {
  printing(defined(command), GENERATE_LINES, ['rekey generate', 'rekey generate shop --check'])
    .argument('[service...]', SERVICE)
    .option('--check', 'write nothing; exit with 1 if there is something to write')
    .option('--out <directory>', 'where, in place of the folder of the service')
    .action((services: string[], flags: GenerateFlags) =>
      generateServiceFiles(services, flags, context),
    )
}

/**
 * Writes `.env.example` and `service.schema.json` of the named services, or of all. With `--check` it reports
 * what it would write, and exits with 1 if there is anything.
 */
async function generateServiceFiles(
  services: readonly string[],
  flags: GenerateFlags,
  context: CliContext,
): Promise<void> {
  const { line } = createPrinter<typeof GENERATE_LINES>(flags, context)
  for (const { definition, folder } of await findDefinitions(services, flags, context)) {
    const directory = flags.out ?? folder
    for (const { name, text } of await findDrift(directory, definition)) {
      const path = join(directory, name)
      if (flags.check) {
        context.process.exitCode = 1
        const remedy = 'rekey generate makes it anew'
        line(
          { type: 'file', path, outcome: 'drifted' },
          `${path} is not what follows from its definition: ${remedy}`,
        )
      } else {
        await writeFile(path, text).catch((error: unknown) => {
          throw fileError(error, path)
        })
        line({ type: 'file', path, outcome: 'written' }, `${path} is written`)
      }
    }
  }
}
