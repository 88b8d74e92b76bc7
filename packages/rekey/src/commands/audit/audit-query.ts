import { setTimeout as delay } from 'node:timers/promises'
import { secretsOf } from '../../family/family-secrets.ts'
import type { AuditEntry } from '@rekey/audit-log/internal'
import { verifySignedLog } from '@rekey/audit-log'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'
import type { CliContext } from '../cli-context.ts'
import { UsageError } from '../failure.ts'
import { jsonLine, printing, secretName } from '../json-output.ts'
import { createPrinter } from '../printer.ts'
import { requireVerdict } from './audit-verify.ts'
import {
  addAuditPlace,
  type AuditPlaceFlags,
  findAudit,
  type FoundAudit,
  readCheckpoints,
} from './audit-place.ts'
import { OCSF_EVENT, toOcsf } from './ocsf.ts'

const EVENT_LINES = jsonLine('event', 'An entry of the log.', {
  ...{ seq: z.int(), at: z.string(), actor: z.string() },
  person: z.string().optional().describe('the person or account behind it'),
  ...{ action: z.string(), subject: secretName, version: z.string().optional() },
  outcome: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  prev: z.string().describe('SHA-256 of the line before'),
  stream: z.int().optional().describe('of a log in PostgreSQL: what seq and prev are of'),
  writer: z.string().optional().describe('the database login that wrote it, by the database'),
})
const EXPORT_LINES = jsonLine('event', 'An entry of the log as an event of OCSF.', {
  ocsf: OCSF_EVENT,
})

interface QueryFlags extends AuditPlaceFlags {
  readonly secret?: string
  readonly actor?: string
  readonly action?: string
  readonly outcome?: string
  readonly since?: string
  readonly until?: string
}

interface TailFlags extends AuditPlaceFlags {
  readonly lines: number
  readonly follow?: boolean
}

/** Defines `rekey audit tail`, which verifies what it reads. */
export function defineTail(command: Command, context: CliContext): void {
  addAuditPlace(
    printing(command, EVENT_LINES, [
      'rekey audit tail --family production.json',
      'rekey audit tail --lines 5 --follow',
    ]),
  )
    .option('--lines <n>', 'how many', toLines, 20)
    .option('--follow', 'go on with each new entry until a signal')
    .action((directory: string | undefined, flags: TailFlags) =>
      showTail(directory, flags, context),
    )
}

/** Defines `rekey audit query`, which verifies what it reads. */
export function defineQuery(command: Command, context: CliContext): void {
  filtered(
    addAuditPlace(
      printing(command, EVENT_LINES, [
        'rekey audit query --secret DATABASE_FRONTEND --action rotation. --family production.json',
        'rekey audit query --actor alice --since 2026-11-01 --outcome refused --json',
      ]),
    ),
  ).action((directory: string | undefined, flags: QueryFlags) =>
    showMatching(directory, flags, context),
  )
}

/** Defines `rekey audit export`, which verifies what it reads. */
export function defineExport(command: Command, context: CliContext): void {
  filtered(
    addAuditPlace(
      printing(command, EXPORT_LINES, [
        'rekey audit export --since 2026-11-01 --family production.json',
      ]),
    ),
  ).action((directory: string | undefined, flags: QueryFlags) =>
    exportMatching(directory, flags, context),
  )
}

function filtered(command: Command): Command {
  return command
    .option('--secret <name>', 'the secret: its name in the store, or "KIND SECRET"')
    .option(
      '--actor <text>',
      'a part of the actor, of the person behind it or of the database login that wrote it',
    )
    .option('--action <action>', 'an action, or all that begin with it: rotation.')
    .addOption(
      new Option('--outcome <outcome>', 'how it ended').choices(['succeeded', 'refused', 'failed']),
    )
    .option('--since <time>', 'from then on, in ISO 8601', toInstant)
    .option('--until <time>', 'before then, in ISO 8601', toInstant)
}

async function showTail(
  directory: string | undefined,
  flags: TailFlags,
  context: CliContext,
): Promise<void> {
  const printer = createPrinter<typeof EVENT_LINES>(flags, context)
  await using audit = await findAudit(directory, flags, context)
  const read = await openReader(audit, flags, context)
  const print = (entry: AuditEntry) => {
    printer.line({ type: 'event', ...entry }, describeEntry(entry))
  }
  const last = new Map<number | undefined, number>()
  const showNew = (most: number) =>
    read(
      ({ stream, seq }) => seq > (last.get(stream) ?? 0),
      (entries) => {
        for (const { stream, seq } of entries) last.set(stream, seq)
        entries.slice(-most).forEach(print)
      },
    )
  await showNew(flags.lines)
  while (flags.follow && !context.signal.aborted) {
    await delay(FOLLOW_MS, undefined, { signal: context.signal }).catch(() => undefined)
    await showNew(Infinity)
  }
}

const FOLLOW_MS = 1_000

async function showMatching(
  directory: string | undefined,
  flags: QueryFlags,
  context: CliContext,
): Promise<void> {
  const { line } = createPrinter<typeof EVENT_LINES>(flags, context)
  await using audit = await findAudit(directory, flags, context)
  await readMatching(audit, [flags, context], (entries) => {
    for (const entry of entries) line({ type: 'event', ...entry }, describeEntry(entry))
  })
}

async function exportMatching(
  directory: string | undefined,
  flags: QueryFlags,
  context: CliContext,
): Promise<void> {
  const { line } = createPrinter<typeof EXPORT_LINES>(flags, context)
  await using audit = await findAudit(directory, flags, context)
  await readMatching(audit, [flags, context], (entries) => {
    for (const ocsf of entries.map(toOcsf)) {
      line({ type: 'event', ocsf }, JSON.stringify(ocsf))
    }
  })
}

/** Shows the entries that match. @throws {UsageError} for a secret that neither the family nor the log has */
async function readMatching(
  audit: FoundAudit,
  [flags, context]: readonly [QueryFlags, CliContext],
  show: (entries: readonly AuditEntry[]) => void,
): Promise<void> {
  const read = await openReader(audit, flags, context)
  const known = audit.family === undefined ? [] : secretsOf(audit.family)
  const named = known.find(({ title, name }) => [title, name].includes(flags.secret ?? ''))
  const secret = named?.name ?? flags.secret
  const isMatching = matcherOf({ ...flags, ...(secret !== undefined && { secret }) })
  let isKnown = secret === undefined || named !== undefined
  await read((entry) => {
    isKnown ||= entry.subject === secret
    return isMatching(entry)
  }, show)
  if (isKnown) return
  const titles = known.map(({ title }) => title).join(', ')
  throw new UsageError(
    `the log has no entry of ${secret ?? ''}${titles === '' ? '' : `; the family has: ${titles}`}`,
  )
}

type Reader = (
  matches: (entry: AuditEntry) => boolean,
  show: (entries: readonly AuditEntry[]) => void,
) => Promise<void>

/** Reads the entries that match, of a log that is sound. A stream that is not hides no entry of another one: those are shown before the failure. */
async function openReader(
  { place, name }: FoundAudit,
  flags: AuditPlaceFlags,
  context: CliContext,
): Promise<Reader> {
  const checkpoints = await readCheckpoints(flags, context)
  return async (matches, show) => {
    const entries: AuditEntry[] = []
    const onEntry = (entry: AuditEntry) => {
      if (matches(entry)) entries.push(entry)
    }
    const verdict = await verifySignedLog({ ...place, checkpoints, onEntry })
    if (verdict.ok || verdict.stream !== undefined) show(entries)
    requireVerdict(verdict, name)
  }
}

function matcherOf(flags: QueryFlags): (entry: AuditEntry) => boolean {
  const { secret, actor, action, outcome, since, until } = flags
  return (entry) =>
    (secret === undefined || entry.subject === secret) &&
    (actor === undefined || whoOf(entry).includes(actor)) &&
    (action === undefined || entry.action.startsWith(action)) &&
    (outcome === undefined || entry.outcome === outcome) &&
    (since === undefined || entry.at >= since) &&
    (until === undefined || entry.at < until)
}

function whoOf({ actor, person = '', writer = '' }: AuditEntry): string {
  return [actor, person, writer].join('\n')
}

/** One row. What a process recorded could rule a terminal, or look like a row of its own. */
function describeEntry(entry: AuditEntry): string {
  const { seq, at, action, outcome, subject, version, actor, person, details = {} } = entry
  const { stream, writer } = entry
  const place = stream === undefined ? `${seq}` : `${stream}/${seq}`
  const login = writer ? [`by ${writer}`] : []
  const facts = Object.entries(details).map(([name, value]) => `${name}=${value}`)
  const how = outcome === 'succeeded' ? [] : [outcome.toUpperCase()]
  const what = version === undefined ? subject : `${subject} ${version}`
  const by = person === undefined ? actor : `${actor} for ${person}`
  const row = [`${place}  ${at}`, action, what, ...how, by, ...login, ...facts].join('  ')
  return row.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}

const MOST_LINES = 100_000

/** @throws {InvalidArgumentError} */
function toLines(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= MOST_LINES) return value
  throw new InvalidArgumentError(`It takes a whole number from 1 to ${MOST_LINES}.`)
}

/** @throws {InvalidArgumentError} */
function toInstant(text: string): string {
  const time = new Date(text)
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(time.getTime())) return time.toISOString()
  throw new InvalidArgumentError(
    'It takes a time in ISO 8601, as 2026-11-28 or 2026-11-28T07:00:00Z.',
  )
}
