import { lstat, mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isServiceName, SERVICE_NAME_RULE } from '@rekey/secret'
import { errnoOf, fileError, writeNewFile } from '@rekey/secret/files'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext } from '../cli-context.ts'
import { UsageError } from '../failure.ts'
import { jsonLine, printing } from '../json-output.ts'
import { createPrinter } from '../printer.ts'
import { issueDevelopmentValues } from './development-values.ts'
import { type Adoption, type PlannedFile, planAdoption } from './plan-adoption.ts'
import { surveyRepository } from './survey.ts'

const OUTCOME = z.enum(['written', 'new', 'kept as it is'])
const LINES = z.discriminatedUnion('type', [
  jsonLine('unread', 'Files that were not read.', { files: z.int() }),
  jsonLine('secret', 'A variable that becomes a secret.', {
    ...{ from: z.string(), where: z.string(), kind: z.string(), name: z.string() },
  }),
  jsonLine('setting', 'A variable that stays, as a setting.', {
    ...{ name: z.string(), where: z.string() },
  }),
  jsonLine('file', 'A file that declares the secrets.', {
    path: z.string(),
    outcome: OUTCOME,
    text: z.string(),
  }),
  jsonLine('value', 'A value for development, which is not shown.', {
    name: z.string(),
    path: z.string(),
    outcome: OUTCOME,
  }),
])

interface InitFlags {
  readonly service?: string
  readonly write?: boolean
  readonly json?: boolean
}

const FILE_MODE = 0o644

/** Adds `rekey init`. */
export function addInit(program: Command, context: CliContext): void {
  printing(program.command('init'), LINES)
    .description(
      'adopt the repository here: show the files that declare its secrets, or write them',
    )
    .option('--service <name>', 'the name of its service; default: that of package.json')
    .option(
      '--write',
      'write the files, and values for development into .env; what is there already is kept',
    )
    .action((flags: InitFlags) => initRepository(flags, context))
}

/**
 * Shows how the code here would be adopted: each variable that it reads, the secret or setting that it becomes, and the text of each file. Writes
 * nothing without `--write`, and then no file that exists.
 *
 * @throws {UsageError} for a service without a valid name
 */
async function initRepository(flags: InitFlags, context: CliContext): Promise<void> {
  const { cwd } = context
  const survey = await surveyRepository(cwd)
  const service = flags.service ?? nameFrom(survey.packageName ?? basename(cwd))
  if (!isServiceName(service)) {
    throw new UsageError(`--service names no service: ${SERVICE_NAME_RULE}`)
  }
  const adoption = planAdoption(survey, service)
  const printer = createPrinter<typeof LINES>(flags, context)
  if (survey.unread > 0) {
    printer.line(
      { type: 'unread', files: survey.unread },
      `warning  ${survey.unread} files are too large or too many, and were not read: look for variables in them`,
    )
  }
  for (const { from, kind, name } of adoption.secrets) {
    printer.line(
      { type: 'secret', from: from.name, where: from.where, kind, name },
      `${from.name} (${from.where}) becomes ${name}, a secret of the kind ${kind}`,
    )
  }
  for (const { name, where } of adoption.settings) {
    printer.line({ type: 'setting', name, where }, `${name} (${where}) stays, as a setting`)
  }
  for (const file of adoption.files) {
    const outcome = await outcomeOf(file, cwd, flags.write === true)
    const text = flags.write ? keptText(file.path, file.text, outcome) : differenceOf(file, outcome)
    printer.line({ type: 'file', path: file.path, outcome, text: file.text }, text)
  }
  for (const value of await issueDevelopmentValues(adoption, flags.write === true, context)) {
    const { name, path, outcome } = value
    printer.line(
      { type: 'value', ...value },
      `${path}: ${name}, a value for development: ${outcome}`,
    )
  }
  for (const line of nextSteps(adoption, flags)) printer.note(line)
}

/** `@shop/web-shop` is `web-shop`. */
function nameFrom(packageName: string): string {
  return packageName
    .replace(/^@[^/]*\//, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
}

type Outcome = z.output<typeof OUTCOME>

async function outcomeOf(file: PlannedFile, cwd: string, isWriting: boolean): Promise<Outcome> {
  const path = join(cwd, file.path)
  const isThere = await lstat(path).then(
    () => true,
    (error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return false
      throw fileError(error, path)
    },
  )
  if (isThere) return 'kept as it is'
  if (!isWriting) return 'new'
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeNewFile(path, file.text, FILE_MODE)
  } catch (error) {
    throw fileError(error, path)
  }
  return 'written'
}

/** A new file as `diff -u` shows it; of one that is kept, the text to bring into it. */
function differenceOf({ path, text }: PlannedFile, outcome: Outcome): string {
  if (outcome !== 'new') return keptText(path, text, outcome)
  const lines = text.trimEnd().split('\n')
  const body = lines.map((line) => `+${line}`)
  return ['--- /dev/null', `+++ ${path}`, `@@ -0,0 +1,${lines.length} @@`, ...body].join('\n')
}

/** Configuration is code, which a program cannot extend safely. */
function keptText(path: string, text: string, outcome: Outcome): string {
  const head = `${path}: ${outcome}`
  if (outcome !== 'kept as it is') return head
  const lines = text.trimEnd().split('\n')
  return [
    `${head}; bring into it, where it is not there:`,
    ...lines.map((line) => `  ${line}`),
  ].join('\n')
}

function nextSteps({ secrets, packages }: Adoption, { write }: InitFlags): string[] {
  return [
    '',
    ...(write ? [] : ['nothing was written: rekey init --write']),
    `npm install ${packages.join(' ')}`,
    'npm install --save-dev @rekey/cli @rekey/family @rekey/eslint-plugin @rekey/gate eslint',
    ...(secrets.some(({ kind }) => kind === 'database') ? ['npx rekey db adopt ROLE'] : []),
    'npx rekey generate && npx rekey family check',
  ]
}
