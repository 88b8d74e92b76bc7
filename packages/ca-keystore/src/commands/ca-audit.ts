import { readRegularFile } from '@rekey/secret/internal/files'
import { resolve } from 'node:path'
import { type Issuance, readIssuances } from '../record/read-issuances.ts'
import { readSignCounts } from '../sign-counts.ts'
import { openConnection, parseConnectionUrl } from '@rekey/db-pool-rotator'
import {
  type CheckpointVerifier,
  createCheckpointVerifier,
  type VerifiedCheckpoint,
  leafHash,
} from '@rekey/audit-log/transparency'
import {
  auditServedLog,
  openLeafStore,
  auditLog,
  encodeEntry,
  type LeafStore,
  type LogAuditReport,
  type LogClientEntry,
} from '@rekey/audit-log/internal/transparency'
import {
  addLogPlace,
  type CliContext,
  type Command,
  createPrinter,
  jsonLine,
  type LogPlaceFlags,
  openServedLog,
  printing,
  UsageError,
} from '@rekey/rekey/internal/command'
import { z } from 'zod'
import { findBrokenTrails, openTrailHeads, type TrailHeads } from './trail-heads.ts'

const LINES = z.discriminatedUnion('type', [
  jsonLine('finding', 'A promise of the log that is broken, or a certificate that it lacks.', {
    reason: z.string(),
    message: z.string(),
  }),
  jsonLine('summary', 'The last line.', {
    ...{ entries: z.int(), issued: z.int(), checkpoints: z.int(), findings: z.int() },
  }),
])

/** Flags of `rekey ca audit`. */
interface AuditFlags extends LogPlaceFlags {
  readonly logKey: string
  readonly checkpoint: readonly string[]
  readonly urlVariable: string
  readonly resume?: string
  readonly json?: boolean
}

/** Adds `rekey ca audit`. */
export function addAudit(ca: Command, context: CliContext): void {
  const command = printing(ca.command('audit'), LINES, [
    'rekey ca audit /srv/ca --log-key "log.example.com+0a1b2c3d+AVq…"',
    'rekey ca audit /srv/ca --url https://log.example.com:8443 --trust ca.pem --log-key "log.example.com+0a1b2c3d+AVq…"',
  ])
    .description(
      'verify the whole log of certificates, that it has all that CAs have issued, and their biographies by it',
    )
    .argument('[directories...]', 'the keystores of the CAs, for the record of what they issued')
    .requiredOption('--log-key <key>', 'the verifier key of the log, name+id+base64')
    .option('--checkpoint <file...>', 'remembered by clients, as log-checkpoint of signing', [])
    .option(
      '--url-variable <variable>',
      'which environment variable holds the URL of its database',
      'DATABASE_URL',
    )
    .option('--resume <file>', 'keeps what was read, so that the next audit reads new entries only')
  addLogPlace(
    command,
    'read the log from the service that has it, in place of its database',
  ).action((directories: readonly string[], flags: AuditFlags) =>
    audit(directories, flags, context),
  )
}

/** `rekey ca audit`: a line for each finding, and one for the log. The exit code is 1 if something was found. */
async function audit(
  directories: readonly string[],
  flags: AuditFlags,
  context: CliContext,
): Promise<void> {
  const verifier = createCheckpointVerifier({ log: flags.logKey })
  const checkpoints = await readCheckpoints(flags.checkpoint, verifier, context)
  const path = flags.resume === undefined ? undefined : resolve(context.cwd, flags.resume)
  await using leaves = await openLeafStore(path)
  const before = await leaves.size()
  const heads = await openTrailHeads(path === undefined ? undefined : `${path}.heads`)
  const onEntry = heads.add
  const parts = { verifier, checkpoints, leaves, onEntry }
  const { head, findings } = await auditAt(flags, parts, context)
  const { line } = createPrinter<typeof LINES>(flags, context)
  const print = (finding: { reason: string; message: string }) => {
    line({ type: 'finding', ...finding }, `${finding.reason}: ${finding.message}`)
  }
  findings.forEach(print)
  let [issued, others] = [0, 0]
  for (const path of directories) {
    const keystore = await auditKeystore(resolve(context.cwd, path), leaves, heads)
    keystore.findings.forEach(print)
    issued += keystore.issued
    others += keystore.findings.length
  }
  // What was read of a log that broke a promise is not what the next audit begins with.
  if (findings.length > 0) await leaves.truncate(before)
  const count = findings.length + others
  const totals = { entries: head.size, issued, checkpoints: checkpoints.length, findings: count }
  const text = `${head.size} entries, ${issued} serials, ${checkpoints.length} checkpoints: ${count} findings`
  line({ type: 'summary', ...totals }, text)
  if (count > 0) context.process.exitCode = 1
}

/** Compares the record of a CA and its biography with the log. */
async function auditKeystore(directory: string, leaves: LeafStore, heads: TrailHeads) {
  const issuances = await readIssuances(directory)
  const absent = issuances.flatMap((issuance) => findingOf(issuance, leaves) ?? [])
  const broken = await findBrokenTrails(directory, heads.all)
  const cut = await findCutRecord(directory, issuances)
  return { issued: issuances.length, findings: [...absent, ...broken, ...cut] }
}

/** Compares the record of a CA with its biography, which counts what the key has signed; after a crash, it counts less. */
async function findCutRecord(directory: string, issuances: readonly Issuance[]) {
  const { certificates: counted } = await readSignCounts(directory)
  const found = issuances.filter(({ certificate }) => certificate !== undefined).length
  if (found >= counted) return []
  const message =
    `the record in ${directory} has ${found} certificates, and the key has signed ${counted} or more: lines were removed. Restore record/, and report ` +
    'who changed it; the log has the certificates'
  return [{ reason: 'record-cut', message }]
}

/** The parts of an audit, whether of a database or of a service. */
interface Audit {
  readonly verifier: CheckpointVerifier
  readonly checkpoints: readonly VerifiedCheckpoint[]
  readonly leaves: LeafStore
  readonly onEntry: (entry: LogClientEntry) => void
}

async function auditAt(
  flags: AuditFlags,
  { verifier, ...parts }: Audit,
  context: CliContext,
): Promise<LogAuditReport> {
  if (flags.url !== undefined) {
    await using log = await openServedLog(flags, context)
    const newest = verifier.verify(await log.client.checkpoint())
    return await auditServedLog({ client: log.client, newest, ...parts })
  }
  const url = context.env[flags.urlVariable]
  if (!url) {
    const message = `${flags.urlVariable} is not set: put the URL of a role there, or name the log with --url`
    throw new UsageError(message)
  }
  await using database = await openConnection(parseConnectionUrl(url))
  return await auditLog({ database, ...parts })
}

/** A database client may have put more line ends behind a note. */
function readCheckpoints(
  paths: readonly string[],
  verifier: CheckpointVerifier,
  { cwd }: CliContext,
): Promise<VerifiedCheckpoint[]> {
  const read = paths.map(async (path) => {
    const text = await readRegularFile(resolve(cwd, path))
    return verifier.verify(text.replace(/\n+$/, '\n'))
  })
  return Promise.all(read)
}

/** Compares a serial that a CA has reserved with the log. One that is being signed, or is void, needs no entry. */
function findingOf({ serial, subject, state, certificate }: Issuance, leaves: LeafStore) {
  if (certificate === undefined || leaves.has(leafOf(certificate))) return undefined
  const [reason, remedy] =
    state === 'recorded'
      ? (['removed', 'it was on record: report the log'] as const)
      : (['not-on-record', 'start signing, which submits it'] as const)
  return { reason, message: `certificate ${serial} of ${subject} is not in the log; ${remedy}` }
}

function leafOf(pem: string): Uint8Array {
  const content = Buffer.from(pem.replace(/-{5}[^-]+-{5}/g, ''), 'base64')
  return leafHash(encodeEntry({ type: 'certificate', content }))
}
