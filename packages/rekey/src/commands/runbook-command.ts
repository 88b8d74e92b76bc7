import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Family } from '../family/schema.ts'
import { type CellFilter, runbookCells } from '../family/runbook/cells.ts'
import { ENVIRONMENTS } from '../family/runbook/environments.ts'
import { writeRunbooks } from '../family/runbook/pages.ts'
import { errnoOf, fileError, readRegularFile } from '@rekey/secret/internal/files'
import { SITUATIONS } from '@rekey/secret/internal/kind'
import { type Command, Option } from 'commander'
import { z } from 'zod'
import type { CliContext } from './cli-context.ts'
import { UsageError } from './failure.ts'
import { namedFamily } from './family-here.ts'
import { jsonLine, printing } from './json-output.ts'
import { createPrinter } from './printer.ts'

const LINES = z.discriminatedUnion('type', [
  jsonLine('cell', 'What to do about a kind of secret, in an environment and a situation.', {
    ...{ environment: z.string(), kind: z.string(), situation: z.string() },
    text: z.string().describe('Markdown'),
  }),
  jsonLine('file', 'With --out: a page that was written, or with --check would be.', {
    path: z.string(),
    outcome: z.enum(['written', 'drifted']),
  }),
])

interface RunbookFlags extends CellFilter {
  readonly family?: string
  readonly out?: string
  readonly check?: boolean
  readonly json?: boolean
}

/** Defines `rekey runbook`. */
export function defineRunbook(command: Command, context: CliContext): void {
  printing(command, LINES, [
    'rekey runbook --environment vault --kind database --situation emergency',
    'rekey runbook --out docs/runbooks',
  ])
    .addOption(
      new Option('--environment <name>', 'where it runs').choices([...ENVIRONMENTS.keys()]),
    )
    .option('--kind <kind>', 'a kind of secret: api-key, database, …')
    .addOption(new Option('--situation <name>', 'why it is read').choices(SITUATIONS))
    .option('--family <file>', 'the file that declares the family, in place of family.json here')
    .addOption(
      new Option('--out <directory>', 'write all pages there').conflicts([
        ...['environment', 'kind', 'situation'],
      ]),
    )
    .option('--check', 'with --out: write nothing; exit with 1 if there is something to write')
    .action((flags: RunbookFlags) => showRunbook(flags, context))
}

async function showRunbook(flags: RunbookFlags, context: CliContext): Promise<void> {
  const { out, check } = flags
  const { family } = await namedFamily(flags.family, context)
  if (out !== undefined)
    return writePages(family, { ...flags, out: resolve(context.cwd, out) }, context)
  if (check) throw new UsageError('--check goes with --out: name the folder of the pages')
  const { line } = createPrinter<typeof LINES>(flags, context)
  const cells = runbookCells(family, flags)
  if (cells.length === 0) {
    const kinds = [...new Set(runbookCells(family).map(({ kind }) => kind))].join(', ')
    throw new UsageError(
      `the family has no secret of the kind ${flags.kind ?? ''}; it has: ${kinds}`,
    )
  }
  for (const cell of cells) line({ type: 'cell', ...cell }, cell.text)
}

async function writePages(
  family: Family,
  { out, ...flags }: RunbookFlags & { readonly out: string },
  context: CliContext,
): Promise<void> {
  const { line } = createPrinter<typeof LINES>(flags, context)
  for (const { name, text } of writeRunbooks(family)) {
    const path = join(out, name)
    if ((await readIfThere(path)) === text) continue
    if (flags.check) {
      context.process.exitCode = 1
      const remedy = 'rekey runbook --out makes it anew'
      line(
        { type: 'file', path, outcome: 'drifted' },
        `${path} is not what follows from the family: ${remedy}`,
      )
    } else {
      await mkdir(out, { recursive: true }).catch(throwAs(out))
      await writeFile(path, text).catch(throwAs(path))
      line({ type: 'file', path, outcome: 'written' }, `${path} is written`)
    }
  }
}

function readIfThere(path: string): Promise<string | undefined> {
  return readRegularFile(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw fileError(error, path)
  })
}

function throwAs(path: string) {
  return (error: unknown) => {
    throw fileError(error, path)
  }
}
