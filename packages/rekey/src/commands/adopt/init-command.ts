import { basename } from 'node:path'
import { isServiceName, SERVICE_NAME_RULE } from '@rekey/secret/internal'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext } from '../cli-context.ts'
import { UsageError } from '../failure.ts'
import { isConfirmed } from '../is-confirmed.ts'
import { jsonLine, printing } from '../json-output.ts'
import { createPrinter, type Printer } from '../printer.ts'
import { adoptFile, OUTCOME } from './adopt-file.ts'
import { issueDevelopmentValues } from './development-values.ts'
import { type Adoption, planAdoption } from './plan-adoption.ts'
import { surveyRepository } from './survey.ts'

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

/** Defines `rekey init`. */
export function defineInit(command: Command, context: CliContext): void {
  printing(command, LINES, ['rekey init', 'rekey init --service web-shop --write'])
    .option('--service <name>', 'the name of its service; default: that of package.json')
    .option(
      '--write',
      'do not ask: write the files, and values for development into .env; what is there already is kept',
    )
    .action((flags: InitFlags) => initRepository(flags, context))
}

/**
 * Shows how the code here would be adopted: each variable that it reads, the secret or setting that it becomes, and the text of each file. Writes
 * what is new with `--write`, or once the operator has agreed at a terminal.
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
  const adopt = { adoption, printer, context }
  await adoptFiles({ ...adopt, isWriting: flags.write === true })
  const isAgreed =
    flags.write === true || (!flags.json && (await isConfirmed('\nWrite this? [y/N] ', context)))
  if (isAgreed && flags.write !== true) await adoptFiles({ ...adopt, isWriting: true })
  for (const line of nextSteps(adoption, isAgreed)) printer.note(line)
}

interface Adopting {
  readonly adoption: Adoption
  readonly printer: Printer<typeof LINES>
  readonly context: CliContext
  readonly isWriting: boolean
}

async function adoptFiles({ adoption, printer, context, isWriting }: Adopting): Promise<void> {
  for (const planned of adoption.files) {
    const { path, text, outcome, shown } = await adoptFile(planned, context.cwd, isWriting)
    printer.line({ type: 'file', path, outcome, text }, shown)
  }
  for (const value of await issueDevelopmentValues(adoption, isWriting, context)) {
    const { name, path, outcome } = value
    printer.line(
      { type: 'value', ...value },
      `${path}: ${name}, a value for development: ${outcome}`,
    )
  }
}

/** `@shop/web-shop` is `web-shop`. */
function nameFrom(packageName: string): string {
  return packageName
    .replace(/^@[^/]*\//, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
}

function nextSteps({ secrets, packages }: Adoption, isWritten: boolean): string[] {
  return [
    '',
    ...(isWritten ? [] : ['nothing was written: rekey init --write']),
    `npm install ${packages.join(' ')}`,
    'npm install --save-dev @rekey/rekey @rekey/eslint-plugin eslint',
    ...(secrets.some(({ kind }) => kind === 'database') ? ['npx rekey db adopt ROLE'] : []),
    'npx rekey generate && npx rekey family check',
  ]
}
