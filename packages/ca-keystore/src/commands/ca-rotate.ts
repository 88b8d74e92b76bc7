import { resolve } from 'node:path'
import { activateGeneration } from '../rotation/activate.ts'
import { publishGeneration } from '../rotation/publish.ts'
import { destroyGeneration, retireGeneration } from '../rotation/retire.ts'
import { forecast, readIssued } from '../rotation/forecast.ts'
import { rollBackRotation, type RotationStage } from '../rotation/activate.ts'
import { inspectGenerations } from '../rotation/generations.ts'
import { systemClock } from '@rekey/secret'
import { fileError, readRegularFile } from '@rekey/secret/internal/files'
import {
  type CliContext,
  type Command,
  createPrinter,
  InvalidArgumentError,
  Option,
  printing,
  UsageError,
} from '@rekey/rekey/internal/command'
import type { CaFlags } from './ca-command.ts'
import { addNextKey, type AddStep, GENERATION_LINE, report } from './ca-rotate-next.ts'
import { readPublicFile } from './passphrase-files.ts'
import { readPassphrase } from './read-passphrase.ts'

const DAY_MS = 86_400_000

interface PublishFlags extends CaFlags {
  readonly passphraseFile: string
  readonly lists: string
  readonly bundle: string
}

interface ActivateFlags extends CaFlags {
  readonly passphraseFile: string
  readonly lists: string
  readonly publishedDays: number
  readonly drilledAt?: Date
  readonly drillReport?: string
  readonly operators?: string
}

interface RetireFlags extends CaFlags {
  readonly lists: string
  readonly bundle: string
  readonly issued?: string
  readonly accept?: number
}

interface StatusFlags extends CaFlags {
  readonly issued?: string
  readonly at?: Date
}

/** Adds `rekey ca rotate`: replaces the key of a CA by hand, in steps of days. */
export function addCaRotation(ca: Command, context: CliContext): void {
  const rotate = ca
    .command('rotate')
    .description('replace the key of a CA: prepare, install, publish, activate, retire, destroy')
  const step = (name: string, description: string, examples: readonly string[]) =>
    printing(rotate.command(name), GENERATION_LINE, examples)
      .description(description)
      .argument('<directory>', 'the keystore of the first generation: CA_DIRECTORY of the service')
  addNextKey(step, context)
  addBeginning(step, context)
  addEnd(step, context)
}

function addBeginning(step: AddStep, context: CliContext): void {
  step('publish', 'give verifiers the new CA and its empty list; repeat it to renew the list', [
    'rekey ca rotate publish /srv/ca --passphrase-file /run/ca.pass --lists /srv/lists --bundle /srv/ca-bundle.pem',
  ])
    .requiredOption('--passphrase-file <file>', 'holds the passphrase of the new key')
    .requiredOption(...LISTS)
    .requiredOption(...BUNDLE)
    .action((path: string, flags: PublishFlags) => publish(path, flags, context))
  step('activate', 'issue by the new key from the next start of the service on', [
    'rekey ca rotate activate /srv/ca --passphrase-file /run/ca.pass --lists /srv/lists',
  ])
    .requiredOption('--passphrase-file <file>', 'holds the passphrase of the new key')
    .requiredOption(...LISTS)
    .option('--published-days <n>', 'how long verifiers must have had the new CA', toCount, 7)
    .option('--drilled-at <date>', 'of a drill without a report; default: the last report', toDate)
    .option('--drill-report <file>', 'of a drill on another machine; default: that of the keystore')
    .option('--operators <file>', 'public keys in PEM, of which one must have signed the report')
    .action((path: string, flags: ActivateFlags) => activate(path, flags, context))
}

function addEnd(step: AddStep, context: CliContext): void {
  step('retire', 'take the old CA out of both bundles once its certificates have ended', [
    'rekey ca rotate retire /srv/ca --lists /srv/lists --bundle /srv/ca-bundle.pem',
  ])
    .requiredOption(...LISTS)
    .requiredOption(...BUNDLE)
    .option(...ISSUED)
    .option('--accept <n>', 'how many of its certificates may fail', toCount)
    .action((path: string, flags: RetireFlags) => retire(path, flags, context))
  step('destroy', 'overwrite and remove the key of a retired generation', [
    'rekey ca rotate destroy /srv/ca',
  ]).action((path: string, flags: CaFlags) => destroy(path, flags, context))
  step('rollback', 'go back by one step, before the old generation is retired', [
    'rekey ca rotate rollback /srv/ca --lists /srv/lists --from published',
  ])
    .requiredOption(...LISTS)
    .addOption(
      new Option(
        '--from <step>',
        'only if this is the last step; a repeat changes nothing',
      ).choices(STAGES),
    )
    .action((path: string, flags: RollBackFlags) => rollBack(path, flags, context))
  step('status', 'show the generations, and how many clients a retirement would fail', [
    'rekey ca rotate status /srv/ca',
  ])
    .option(...ISSUED)
    .option('--at <date>', 'of the retirement, default now', toDate)
    .action((path: string, flags: StatusFlags) => showStatus(path, flags, context))
}

const STAGES: readonly RotationStage[] = ['requested', 'prepared', 'published', 'active']
const LISTS = ['--lists <directory>', 'of the revocation lists: CRL_DIRECTORY'] as const
const BUNDLE = ['--bundle <file>', 'the certificates of all CAs that verifiers trust'] as const
const ISSUED = [
  '--issued <file>',
  'PEM of all certificates that were issued; default: the record of the CA',
] as const

async function publish(path: string, flags: PublishFlags, context: CliContext): Promise<void> {
  const at = (each: string) => resolve(context.cwd, each)
  using passphrase = await readPassphrase(flags.passphraseFile, '--passphrase-file', context)
  const places = { directory: at(path), lists: at(flags.lists), bundle: at(flags.bundle) }
  const published = await publishGeneration({ ...places, passphrase })
  const next = `give all verifiers ${flags.bundle}, then activate it: rekey ca rotate activate`
  report(published, flags, context, next)
}

async function activate(path: string, flags: ActivateFlags, context: CliContext): Promise<void> {
  const at = (each: string) => resolve(context.cwd, each)
  using passphrase = await readPassphrase(flags.passphraseFile, '--passphrase-file', context)
  const { drillReport, operators, drilledAt } = flags
  if (drilledAt !== undefined && (drillReport ?? operators) !== undefined) {
    throw new UsageError('name --drilled-at, or --drill-report and --operators, not both')
  }
  const read = (file: string, flag: string) => readPublicFile(at(file), flag)
  const active = await activateGeneration({
    ...{ directory: at(path), lists: at(flags.lists), passphrase },
    minPublishedMs: flags.publishedDays * DAY_MS,
    ...(drilledAt && { drilledAt }),
    ...(drillReport && { drillReport: await read(drillReport, '--drill-report') }),
    ...(operators && { operators: await read(operators, '--operators') }),
  })
  report(active, flags, context, 'it issues from the next start of the service on: restart it')
}

async function retire(path: string, flags: RetireFlags, context: CliContext): Promise<void> {
  const at = (each: string) => resolve(context.cwd, each)
  const issued = flags.issued === undefined ? undefined : await readRecord(at(flags.issued))
  const retired = await retireGeneration({
    ...{ directory: at(path), lists: at(flags.lists), bundle: at(flags.bundle) },
    ...(issued !== undefined && { issued }),
    ...(flags.accept !== undefined && { accepted: flags.accept }),
  })
  const next = `restart the service, and give all verifiers ${flags.bundle}`
  report(retired, flags, context, next)
}

async function destroy(path: string, flags: CaFlags, context: CliContext): Promise<void> {
  const destroyed = await destroyGeneration({ directory: resolve(context.cwd, path) })
  report(destroyed, flags, context, 'destroy its backups and shares too')
}

interface RollBackFlags extends CaFlags {
  readonly lists: string
  readonly from?: RotationStage
}

async function rollBack(path: string, flags: RollBackFlags, context: CliContext): Promise<void> {
  const at = (each: string) => resolve(context.cwd, each)
  const { from } = flags
  await rollBackRotation({
    ...{ directory: at(path), lists: at(flags.lists) },
    ...(from !== undefined && { from }),
  })
  await showStatus(path, { ...(flags.json && { json: true }) }, context)
}

async function showStatus(path: string, flags: StatusFlags, context: CliContext): Promise<void> {
  const { line } = createPrinter<typeof GENERATION_LINE>(flags, context)
  const at = flags.at ?? new Date(systemClock.now())
  const issued =
    flags.issued === undefined ? undefined : await readRecord(resolve(context.cwd, flags.issued))
  const shown = await inspectGenerations(resolve(context.cwd, path))
  for (const { certificate, directory, ...generation } of shown) {
    const record = issued ?? (certificate && (await readIssued(directory)))
    const left =
      record === undefined || certificate === undefined
        ? undefined
        : forecast(record, certificate, at)
    const failing = left && `; ${left.clients} clients fail on ${at.toISOString().slice(0, 10)}`
    line(
      { type: 'generation', ...generation, ...(left && { forecast: left }) },
      `generation ${generation.generation}  ${generation.state.padEnd(9)} since ${generation.since.toISOString()}${failing ?? ''}`,
    )
  }
}

/** A record of a hundred thousand certificates is 100 MiB. */
function readRecord(path: string): Promise<string> {
  return readRegularFile(path).catch((error: unknown) => {
    throw fileError(error, path)
  })
}

/** @throws {InvalidArgumentError} */
function toCount(text: string): number {
  if (/^(?:0|[1-9]\d{0,6})$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It takes a whole number from 0 on.')
}

/** @throws {InvalidArgumentError} */
function toDate(text: string): Date {
  const date = new Date(text)
  if (/^\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?$/.test(text) && !Number.isNaN(date.getTime())) return date
  throw new InvalidArgumentError('It takes a date such as 2027-03-02.')
}
