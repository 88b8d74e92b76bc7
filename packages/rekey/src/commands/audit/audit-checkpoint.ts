import { resolve } from 'node:path'
import type { Checkpoint, CheckpointMark } from '@rekey/audit-log/internal'
import { createSignedLog, formatCheckpoint, verifySignedLog } from '@rekey/audit-log'
import { fileError, MADE, writeNewFile } from '@rekey/secret/internal/files'
import { anchorHead, createCheckpointMemory } from '@rekey/audit-log/transparency'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext } from '../cli-context.ts'
import { UsageError } from '../failure.ts'
import { jsonLine, printing } from '../json-output.ts'
import { openServedLog, type ServedLog } from '../log-place.ts'
import { findPerson } from '../person.ts'
import { createPrinter } from '../printer.ts'
import { addAnchorPlace, type AnchorFlags, anchorVerifier, readAnchors } from './anchors.ts'
import {
  addAuditPlace,
  type AuditPlaceFlags,
  findAudit,
  type FoundAudit,
  readCheckpoints,
} from './audit-place.ts'
import { requireVerdict } from './audit-verify.ts'
import { formatReceipt, headOf } from './receipt.ts'

const STREAM = z
  .int()
  .optional()
  .describe('of a log in PostgreSQL, the stream that the entry is of, which states the others')
const CHECKPOINT_LINES = jsonLine('checkpoint', 'The checkpoint that was written.', {
  ...{ out: z.string(), log: z.string(), seq: z.int(), hash: z.string(), at: z.string() },
  stream: STREAM,
})
const ANCHOR_LINES = jsonLine('anchor', 'The checkpoint that the transparency log has.', {
  ...{ log: z.string(), seq: z.int(), hash: z.string(), at: z.string(), stream: STREAM },
  index: z.int().describe('of its entry in the transparency log'),
  out: z.string().optional().describe('the receipt that was written'),
})

interface CheckpointFlags extends AuditPlaceFlags {
  readonly out: string
}

interface AuditAnchorFlags extends AuditPlaceFlags, AnchorFlags {
  readonly out?: string
}

/** Defines `rekey audit checkpoint`. */
export function defineCheckpoint(command: Command, context: CliContext): void {
  addAuditPlace(
    printing(command, CHECKPOINT_LINES, [
      'rekey audit checkpoint --family production.json --out /media/usb/audit-2026-11-28.json',
    ]),
  )
    .requiredOption(
      '--out <file>',
      'the checkpoint to write: on another machine, or to be moved to one',
    )
    .action((directory: string | undefined, flags: CheckpointFlags) =>
      writeCheckpoint(directory, flags, context),
    )
}

/** Defines `rekey audit anchor`. */
export function defineAnchor(command: Command, context: CliContext): void {
  addAnchorPlace(
    addAuditPlace(
      printing(command, ANCHOR_LINES, [
        'rekey audit anchor --family production.json --url https://log.example.com:8443 --trust ca.pem --log-key "log.example.com+0a1b2c3d+AVq…" --out receipt.json',
      ]),
    ),
  )
    .option('--out <file>', 'the receipt to write, which proves it without the transparency log')
    .action((directory: string | undefined, flags: AuditAnchorFlags) =>
      anchorLog(directory, flags, context),
    )
}

async function writeCheckpoint(
  directory: string | undefined,
  flags: CheckpointFlags,
  context: CliContext,
): Promise<void> {
  await using audit = await findAudit(directory, flags, context)
  await requireSound(audit, await readCheckpoints(flags, context))
  const out = resolve(context.cwd, flags.out)
  const checkpoint = await signEnd(audit, ['checkpoint', { out }], context)
  await writeOut(out, formatCheckpoint(checkpoint))
  const { log, stream, seq, hash, at } = checkpoint
  const text = `${out} confirms ${whatIs(checkpoint)}: keep it where nothing that writes the log can`
  const { line } = createPrinter<typeof CHECKPOINT_LINES>(flags, context)
  line({ type: 'checkpoint', out, log, ...(stream && { stream }), seq, hash, at }, text)
}

async function anchorLog(
  directory: string | undefined,
  flags: AuditAnchorFlags,
  context: CliContext,
): Promise<void> {
  const { url } = flags
  if (url === undefined) throw new UsageError('name the transparency log with --url')
  await using audit = await findAudit(directory, flags, context)
  const kept = await readCheckpoints(flags, context)
  await using served = await openServedLog(flags, context)
  // A log that was put back, and grew anew, would otherwise be anchored beside what it was.
  const { marks, note } = await readAnchors(flags, served.client, context)
  await requireSound(audit, [...kept, ...marks])
  const checkpoint = await signEnd(audit, ['anchor', { url: new URL(url).host }], context)
  const memory = rememberNote(flags, served, note)
  const evidence = await anchorHead(headOf(checkpoint), { ...served, memory })
  const out = flags.out === undefined ? undefined : resolve(context.cwd, flags.out)
  if (out !== undefined) await writeOut(out, formatReceipt({ checkpoint, evidence }))
  const { log, stream, seq, hash, at } = checkpoint
  const { index } = evidence
  const text = `entry ${index} of the transparency log confirms ${whatIs(checkpoint)}${out ? `; ${out} proves it` : ''}`
  const { line } = createPrinter<typeof ANCHOR_LINES>(flags, context)
  const known = { log, ...(stream && { stream }), seq, hash, at, index }
  line({ type: 'anchor', ...known, ...(out && { out }) }, text)
}

function whatIs({ log, stream, seq }: Checkpoint): string {
  const what = stream === undefined ? `${seq} entries` : `all up to entry ${stream}/${seq}`
  return `${what} of log ${log}`
}

/** The answer must be of a log that begins with the one that was just read. */
function rememberNote(flags: AnchorFlags, { client }: ServedLog, note: string | undefined) {
  let kept = note
  const store = {
    read: () => Promise.resolve(kept),
    replace(newer: string) {
      kept = newer
      return Promise.resolve(true)
    },
  }
  return createCheckpointMemory({ verifier: anchorVerifier(flags), client, store })
}

type Detail = Readonly<Record<string, string>>

/** Records the command, and signs where the log ends with that. */
async function signEnd(
  { place }: FoundAudit,
  [command, details]: readonly [string, Detail],
  context: CliContext,
): Promise<Checkpoint> {
  const log = createSignedLog({ ...place, person: await findPerson(context) })
  try {
    const event = { actor: 'rekey', action: `command.audit ${command}`, subject: 'audit' } as const
    await log.record({ ...event, outcome: 'succeeded', details })
    return await log.checkpoint()
  } finally {
    await log.close()
  }
}

function writeOut(path: string, text: string): Promise<void> {
  return writeNewFile(path, text, 0o644).catch((error: unknown) => {
    throw fileError(error, path, { ...MADE, EEXIST: ['conflict', 'exists: name another file'] })
  })
}

/**
 * Verifies a log before anything is made of it.
 *
 * @throws {SecretError} `conflict` for one that is not sound
 */
async function requireSound(
  { place, name }: FoundAudit,
  checkpoints: readonly CheckpointMark[],
): Promise<void> {
  requireVerdict(await verifySignedLog({ ...place, checkpoints }), name)
}
