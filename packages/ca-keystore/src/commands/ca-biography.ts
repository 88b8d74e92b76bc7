import { resolve } from 'node:path'
import { type Biography, readBiography } from '../biography.ts'
import { readBackup } from '../backup/read-backup.ts'
import {
  type CliContext,
  type Command,
  createPrinter,
  jsonLine,
  printing,
} from '@rekey/rekey/internal/command'
import { z } from 'zod'
import type { CaFlags } from './ca-command.ts'

/** Whether a biography is sound. */
export const BIOGRAPHY_VERDICT = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    entries: z.int(),
    signed: z.int().describe('how many entries the CA has signed'),
    head: z.object({ seq: z.int(), hash: z.string() }),
  }),
  z.object({ ok: z.literal(false), reason: z.string(), line: z.int().optional() }),
])
const LINES = z.discriminatedUnion('type', [
  jsonLine('event', 'An event in the life of the key.', {
    seq: z.int(),
    at: z.string(),
    prev: z.string().describe('SHA-256 of the line before'),
    ...{ actor: z.string(), action: z.string(), subject: z.string(), outcome: z.string() },
    version: z.string().optional(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  }),
  jsonLine('verdict', 'The last line.', { verdict: BIOGRAPHY_VERDICT }),
])

interface BiographyFlags extends CaFlags {
  readonly backup?: string
}

/** Adds `rekey ca biography`. */
export function addBiography(ca: Command, context: CliContext): void {
  printing(ca.command('biography'), LINES, [
    'rekey ca biography /srv/ca --backup /media/usb/backup',
  ])
    .description('verify the log of what was done with a CA key, and show it')
    .argument('<directory>', 'the keystore of the CA, which holds ca.key and ca.crt')
    .option('--backup <directory>', 'a backup, to notice a log that was put back to before it')
    .action((path: string, flags: BiographyFlags) => showBiography(path, flags, context))
}

/** The exit code is 1 for a log that is not sound. */
async function showBiography(
  path: string,
  flags: BiographyFlags,
  context: CliContext,
): Promise<void> {
  const { line } = createPrinter<typeof LINES>(flags, context)
  const at = (one: string) => resolve(context.cwd, one)
  const backup = flags.backup === undefined ? undefined : await readBackup(at(flags.backup))
  const { verdict, entries } = await readBiography({
    directory: at(path),
    ...(backup && { anchor: backup.manifest.biography }),
  })
  for (const entry of entries) line({ type: 'event', ...entry }, describeEntry(entry))
  line({ type: 'verdict', verdict }, describeVerdict(verdict))
  if (!verdict.ok) context.process.exitCode = 1
}

function describeEntry(entry: Biography['entries'][number]): string {
  const { at, action, outcome, version = '', actor, details = {} } = entry
  const facts = Object.entries(details).map(([name, value]) => `${name}=${value}`)
  const how = outcome === 'succeeded' ? '' : ` ${outcome.toUpperCase()}`
  return [`${at}  ${action.padEnd(18)} G${version}${how}  ${actor}`, ...facts].join('  ')
}

/** The state of a biography in words. */
export function describeVerdict(verdict: Biography['verdict']): string {
  if (verdict.ok) return `${verdict.entries} events, signed up to ${verdict.signed}`
  const at = verdict.line === undefined ? '' : ` at line ${verdict.line}`
  return `not sound (${verdict.reason}${at}): keep biography.log as evidence, and compare it with the newest backup`
}
