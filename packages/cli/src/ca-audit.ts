import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Issuance, readIssuances } from '@rekey/ca-keystore'
import { openConnection, parseConnectionUrl } from '@rekey/db-pool-rotator/connection'
import { createCheckpointVerifier, parseEntry } from '@rekey/transparency-log'
import { auditLog } from '@rekey/transparency-log/postgres'
import type { Command } from 'commander'
import type { CliContext } from './cli-context.ts'
import { UsageError } from './failure.ts'
import { createPrinter } from './printer.ts'

/** Flags of `rekey ca audit`. */
interface AuditFlags {
  readonly logKey: string
  readonly checkpoint: readonly string[]
  readonly urlVariable: string
  readonly json?: boolean
}

/** Adds `rekey ca audit`. */
export function addAudit(ca: Command, context: CliContext): void {
  ca.command('audit')
    .description('verify the whole log of certificates, and that it has all that CAs have issued')
    .argument('[directories...]', 'the keystores of the CAs, for the record of what they issued')
    .requiredOption('--log-key <key>', 'the verifier key of the log, name+id+base64')
    .option('--checkpoint <file...>', 'remembered by clients, as log-checkpoint of signing', [])
    .option(
      '--url-variable <variable>',
      'which environment variable holds the URL of its database',
      'DATABASE_URL',
    )
    .option('--json', 'print JSON, one object a line')
    .action((directories: readonly string[], flags: AuditFlags) =>
      audit(directories, flags, context),
    )
}

/** `rekey ca audit`: a line for each finding, and one for the log. The exit code is 1 if something was found. */
async function audit(
  directories: readonly string[],
  flags: AuditFlags,
  context: CliContext,
): Promise<void> {
  const url = context.env[flags.urlVariable]
  if (!url) throw new UsageError(`${flags.urlVariable} is not set: put the URL of a role there`)
  const verifier = createCheckpointVerifier({ log: flags.logKey })
  const files = flags.checkpoint.map((path) => resolve(context.cwd, path))
  const notes = await Promise.all(files.map((path) => readFile(path, 'utf8')))
  const records = await Promise.all(
    directories.map((path) => readIssuances(resolve(context.cwd, path))),
  )
  const logged = new Map<string, number>()
  await using database = await openConnection(parseConnectionUrl(url))
  const { head, findings } = await auditLog({
    database,
    checkpoints: notes.map((note) => verifier.verify(note)),
    onEntry({ index, entry }) {
      const { type, content } = parseEntry(entry)
      if (type === 'certificate') logged.set(digestOf(content), index)
    },
  })
  const all = [...findings, ...records.flat().flatMap((one) => findingOf(one, logged))]
  const { line } = createPrinter(flags, context)
  for (const finding of all) line(finding, `${finding.reason}: ${finding.message}`)
  const [issued, count] = [records.flat().length, notes.length]
  const summary = { entries: head.size, issued, checkpoints: count, findings: all.length }
  line(
    summary,
    `${head.size} entries, ${issued} serials, ${count} checkpoints: ${all.length} findings`,
  )
  if (all.length > 0) context.process.exitCode = 1
}

/** Compares a serial that a CA has reserved with the log. One that is being signed, or is void, needs no entry. */
function findingOf(issuance: Issuance, logged: ReadonlyMap<string, number>) {
  const { serial, subject, state, certificate } = issuance
  if (certificate === undefined || logged.has(digestOf(derOf(certificate)))) return []
  const [reason, remedy] =
    state === 'recorded'
      ? (['removed', 'it was on record: report the log'] as const)
      : (['not-on-record', 'start signing, which submits it'] as const)
  return [{ reason, message: `certificate ${serial} of ${subject} is not in the log; ${remedy}` }]
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-{5}[^-]+-{5}/g, ''), 'base64')
}

function digestOf(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex')
}
