import { basename, join } from 'node:path'
import { describeMissingPackage, isServiceName, SERVICE_NAME_RULE } from '@rekey/secret/internal'
import { readRegularFile } from '@rekey/secret/internal/files'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext } from '../cli-context.ts'
import { UsageError } from '../failure.ts'
import { FAMILY_FILES } from '../../family/find-family.ts'
import { isConfirmed } from '../is-confirmed.ts'
import { jsonLine, printing } from '../json-output.ts'
import { ownVersion } from '../own-version.ts'
import { createPrinter, type Printer } from '../printer.ts'
import { adoptFile, OUTCOME } from './adopt-file.ts'
import { findEntries } from './find-entries.ts'
import { LEAK_CONFIG } from './leak-config.ts'
import { sortVariables } from './name-secrets.ts'
import { type Adoption, planAdoption } from './plan-adoption.ts'
import { type Survey, surveyRepository } from './survey.ts'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { CodeReader } from './source-survey.ts'

const LINES = z.discriminatedUnion('type', [
  jsonLine('unread', 'Files that were not read.', { files: z.int() }),
  jsonLine('secret', 'A variable that becomes a secret.', {
    ...{ from: z.string(), where: z.string(), kind: z.string(), name: z.string() },
    use: z.string().optional(),
    optional: z.boolean().optional(),
  }),
  jsonLine('setting', 'A variable that stays, as a setting.', {
    ...{ name: z.string(), where: z.string() },
    optional: z.boolean().optional(),
  }),
  jsonLine('test-only', 'A variable that tests alone read, which is not declared.', {
    ...{ name: z.string(), where: z.string() },
  }),
  jsonLine('file', 'A file that is written, or gets lines.', {
    path: z.string(),
    outcome: OUTCOME,
    text: z.string(),
  }),
  jsonLine('value', 'A value that a .env file has, which is not shown.', {
    name: z.string(),
    path: z.string(),
    outcome: OUTCOME,
  }),
  jsonLine('remark', 'What is left to a person.', { remark: z.string() }),
  jsonLine('adopted', 'The repository has a family: nothing is written.', { file: z.string() }),
])

interface InitFlags {
  readonly service?: string
  readonly write?: boolean
  readonly json?: boolean
}

/** Defines `rekey init`. */
export function defineInit(command: Command, context: CliContext): void {
  printing(command, LINES, ['rekey init', 'rekey init --service web-shop --write'])
    .option('--service <name>', 'the name of its service; default: that of package.json')
    .option('--write', 'do not ask: write the files')
    .action((flags: InitFlags) => initRepository(flags, context))
}

/**
 * Shows how the code here is adopted: each variable that it reads, the secret or setting that it becomes, and the difference of each file. Writes
 * them with `--write`, or once the operator has agreed at a terminal. A repository that has a family is left as it is.
 *
 * @throws {UsageError} for a service without a valid name, and where the linter is not installed
 */
async function initRepository(flags: InitFlags, context: CliContext): Promise<void> {
  const { cwd } = context
  const printer = createPrinter<typeof LINES>(flags, context)
  const file = await familyFileAt(cwd)
  if (file !== undefined) {
    const next = 'rekey family check compares it with the definitions'
    printer.line({ type: 'adopted', file }, `${file} is here: nothing is written; ${next}`)
    return
  }
  const adoption = await planFor(cwd, flags.service)
  printVariables(adoption, printer)
  const adopt = { adoption, printer, cwd }
  await adoptFiles({ ...adopt, isWriting: flags.write === true })
  const isAgreed =
    flags.write === true || (!flags.json && (await isConfirmed('\nWrite this? [y/N] ', context)))
  if (isAgreed && flags.write !== true) await adoptFiles({ ...adopt, isWriting: true })
  for (const remark of adoption.remarks)
    printer.line({ type: 'remark', remark }, `to do  ${remark}`)
  for (const line of nextSteps(await installerAt(cwd), isAgreed)) printer.note(line)
}

async function planFor(cwd: string, named: string | undefined): Promise<Adoption> {
  const reader = await loadSurvey(cwd)
  const survey = await surveyRepository(cwd, reader)
  const service = named ?? nameFrom(survey.manifest.name ?? basename(cwd))
  if (!isServiceName(service)) {
    throw new UsageError(`--service names no service: ${SERVICE_NAME_RULE}`)
  }
  return planAdoption({
    ...{ survey, service, surveySource: reader.surveySource },
    sorted: sortVariables(survey.variables, service, hasPostgres(survey)),
    entries: findEntries(survey),
    version: ownVersion(),
    zodVersion: await installedVersion(cwd, 'zod'),
    ignored: (await textAt(join(cwd, '.gitignore'))) ?? '',
    hasLeakConfig: (await textAt(join(cwd, LEAK_CONFIG))) !== undefined,
  })
}

const POSTGRES = ['pg', 'postgres', 'pg-promise', 'slonik', '@neondatabase/serverless']
const hasPostgres = ({ manifest }: Survey) => POSTGRES.some((name) => manifest.ranges.has(name))

async function familyFileAt(cwd: string): Promise<string | undefined> {
  for (const name of FAMILY_FILES) {
    if ((await textAt(join(cwd, name))) !== undefined) return name
  }
  return undefined
}

function printVariables(adoption: Adoption, printer: Printer<typeof LINES>): void {
  const { unread } = adoption
  if (unread > 0) {
    printer.line(
      { type: 'unread', files: unread },
      `warning  ${unread} files are too large or too many, and were not read: look for variables in them`,
    )
  }
  for (const { from, kind, use, name } of adoption.secrets) {
    const { isOptional } = from
    const more = [...(use === undefined ? [] : [use]), ...(isOptional ? ['optional'] : [])]
    const note = more.length === 0 ? '' : ` (${more.join(', ')})`
    printer.line(
      {
        ...{ type: 'secret', from: from.name, where: from.where, kind, name },
        ...(use && { use }),
        ...(isOptional && { optional: true }),
      },
      `${from.name} (${from.where}) becomes ${name}, a secret of the kind ${kind}${note}`,
    )
  }
  for (const { from, name } of adoption.secrets) {
    const { setIn: path } = from
    if (path === undefined) continue
    const outcome = 'kept as it is'
    printer.line({ type: 'value', name, path, outcome }, `${from.name} in ${path}: ${outcome}`)
  }
  for (const { name, where, isOptional } of adoption.settings) {
    const optional = isOptional ? ' (optional)' : ''
    printer.line(
      { type: 'setting', name, where, ...(isOptional && { optional: true }) },
      `${name} (${where}) stays, as a setting${optional}`,
    )
  }
  for (const { name, where } of adoption.testOnly) {
    printer.line({ type: 'test-only', name, where }, `${name} (${where}) is read by tests alone`)
  }
}

interface Adopting {
  readonly adoption: Adoption
  readonly printer: Printer<typeof LINES>
  readonly cwd: string
  readonly isWriting: boolean
}

async function adoptFiles({ adoption, printer, cwd, isWriting }: Adopting): Promise<void> {
  for (const planned of adoption.files) {
    const { path, text, outcome, shown } = await adoptFile(planned, cwd, isWriting)
    printer.line({ type: 'file', path, outcome, text }, shown)
  }
}

/** `@shop/web-shop` is `web-shop`. */
function nameFrom(packageName: string): string {
  return packageName
    .replace(/^@[^/]*\//, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
}

/** By the lock file that is there. */
const INSTALLERS = new Map([
  ['pnpm-lock.yaml', 'pnpm install'],
  ['yarn.lock', 'yarn install'],
  ['bun.lock', 'bun install'],
])

async function installerAt(cwd: string): Promise<string> {
  for (const [lock, command] of INSTALLERS) {
    if ((await textAt(join(cwd, lock))) !== undefined) return command
  }
  return 'npm install'
}

function nextSteps(install: string, isWritten: boolean): string[] {
  const first = isWritten ? [] : ['nothing was written: rekey init --write']
  return ['', ...first, install, 'npx rekey family check && npx rekey-gate']
}

async function installedVersion(cwd: string, name: string): Promise<string | undefined> {
  const text = await textAt(join(cwd, 'node_modules', name, 'package.json'))
  const [, version] = /"version"\s*:\s*"([^"]+)"/.exec(text ?? '') ?? []
  return version
}

/** The text of a file that is there; what cannot be read is reported where it is needed. */
async function textAt(path: string): Promise<string | undefined> {
  return readRegularFile(path).catch(() => undefined)
}

const PLUGIN = '@rekey/eslint-plugin'
/** Not a constant of the import below: the linter depends on this package, and is no part of what a rotator installs. */
const SURVEY = [PLUGIN, 'internal/survey'].join('/')

/**
 * Loads the survey of the linter: installed beside this package, or in the repository at `root`.
 *
 * @throws {UsageError} where the linter, or a package that it needs, is not installed
 */
async function loadSurvey(root: string): Promise<CodeReader> {
  try {
    return (await import(SURVEY).catch(() => importFrom(root))) as CodeReader
  } catch (error) {
    const missing = describeMissingPackage(error)
    if (missing === undefined) throw error
    throw new UsageError(`${PLUGIN} reads the code: ${missing}`)
  }
}

async function importFrom(root: string): Promise<unknown> {
  const path = createRequire(join(root, 'package.json')).resolve(SURVEY)
  return import(pathToFileURL(path).href)
}
