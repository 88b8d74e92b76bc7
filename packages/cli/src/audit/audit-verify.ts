import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  createSignedLog,
  formatCheckpoint,
  type SignedLogVerdict,
  verifyAuditLog,
  verifySignedLog,
} from '@rekey/audit-log'
import { SecretError } from '@rekey/secret'
import { fileError, ifMissing, writeNewFile } from '@rekey/secret/files'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext, CommonFlags } from '../cli-context.ts'
import { jsonLine, printing } from '../json-output.ts'
import { findPerson } from '../person.ts'
import { createPrinter } from '../printer.ts'
import {
  addAuditPlace,
  type AuditPlaceFlags,
  findAuditDirectory,
  readCheckpoints,
} from './audit-place.ts'

const VERIFY_LINES = z.discriminatedUnion('type', [
  jsonLine(
    'unsigned',
    'A log of before the signed format, a file for each rotator: chained alone.',
    {
      ...{ file: z.string(), ok: z.boolean(), entries: z.int(), reason: z.string().optional() },
    },
  ),
  jsonLine('sound', 'The last line for a log that is sound.', {
    entries: z.int(),
    log: z.string().optional().describe('the id of the log'),
    hash: z.string().describe('SHA-256 of its last line'),
    confirmed: z.int().describe('the entry up to which a checkpoint shows that none is missing'),
    hasKey: z.boolean().describe('whether its key file confirms where it ends'),
  }),
  jsonLine('damaged', 'The last line for a log that was changed.', {
    ...{ entries: z.int().describe('sound ones, from the first'), entry: z.int() },
    ...{ reason: z.string(), path: z.string().optional(), line: z.int().optional() },
  }),
])
const CHECKPOINT_LINES = jsonLine('checkpoint', 'The checkpoint that was written.', {
  ...{ out: z.string(), log: z.string(), seq: z.int(), hash: z.string(), at: z.string() },
})

/** Adds `rekey audit verify` and `rekey audit checkpoint`. */
export function addAuditVerify(audit: Command, context: CliContext): void {
  addAuditPlace(printing(audit.command('verify'), VERIFY_LINES))
    .description('find any edit, deletion, reordering, truncation, replacement or fork of the log')
    .action((directory: string | undefined, flags: AuditPlaceFlags) =>
      verifyLog(directory, flags, context),
    )
  addAuditPlace(printing(audit.command('checkpoint'), CHECKPOINT_LINES))
    .description('verify the log and sign where it ends, to be kept elsewhere')
    .requiredOption(
      '--out <file>',
      'the checkpoint to write: on another machine, or to be moved to one',
    )
    .action((directory: string | undefined, flags: CheckpointFlags) =>
      writeCheckpoint(directory, flags, context),
    )
}

/** The exit code is 1 for a log that is not sound. */
async function verifyLog(
  directory: string | undefined,
  flags: AuditPlaceFlags,
  context: CliContext,
): Promise<void> {
  const path = await findAuditDirectory(directory, flags, context)
  const checkpoints = await readCheckpoints(flags, context)
  const { line } = createPrinter<typeof VERIFY_LINES>(flags, context)
  let isSound = true
  for (const found of await verifyUnsigned(path)) {
    const state = found.ok ? `${found.entries} entries` : `${found.reason}: NOT SOUND`
    line({ type: 'unsigned', ...found }, `${found.file}  not signed, ${state}`)
    isSound &&= found.ok
  }
  const verdict = await verifySignedLog({ directory: path, checkpoints })
  if (verdict.ok) {
    const { entries, log, confirmed, hasKey, head } = verdict
    const sound = { entries, confirmed, hasKey, hash: head.hash, ...(log && { log }) }
    line({ type: 'sound', ...sound }, describeSound(verdict))
  } else {
    const { entries, entry, reason, path: file, line: at } = verdict
    const place = file === undefined || at === undefined ? {} : { path: file, line: at }
    line({ type: 'damaged', entries, entry, reason, ...place }, describeDamage(verdict))
  }
  if (!verdict.ok || !isSound) context.process.exitCode = 1
}

const UNSIGNED = /-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.log$/

async function verifyUnsigned(directory: string) {
  const names = await readdir(directory)
    .catch(ifMissing)
    .catch((error: unknown) => {
      throw fileError(error, directory)
    })
  const old = (names ?? []).filter((name) => UNSIGNED.test(name)).toSorted()
  return Promise.all(
    old.map(async (file) => {
      const { entries, ...verdict } = await verifyAuditLog(join(directory, file))
      const reason = verdict.ok ? {} : { reason: `${verdict.reason} at line ${verdict.line}` }
      return { file, ok: verdict.ok, entries, ...reason }
    }),
  )
}

function describeSound(verdict: SignedLogVerdict & { readonly ok: true }): string {
  const { entries, confirmed, hasKey, log = 'none' } = verdict
  const end = hasKey ? 'the key file confirms the end' : 'no key file is at hand to confirm the end'
  const marks =
    confirmed > 0
      ? `a checkpoint confirms the first ${confirmed}`
      : 'without --checkpoint, a log put back with its key is not noticed'
  return `${entries} entries of log ${log} are sound; ${end}; ${marks}`
}

function describeDamage(verdict: SignedLogVerdict & { readonly ok: false }): string {
  const { entries, entry, reason, path, line } = verdict
  const place = path === undefined ? '' : ` (${path}, line ${line})`
  return `NOT SOUND: ${reason} at entry ${entry}${place}; the ${entries} entries before are sound. Keep the directory as evidence under another name`
}

interface CheckpointFlags extends AuditPlaceFlags {
  readonly out: string
}

async function writeCheckpoint(
  directory: string | undefined,
  flags: CheckpointFlags,
  context: CliContext,
): Promise<void> {
  const path = await findAuditDirectory(directory, flags, context)
  await requireSound(path, flags, context)
  const out = resolve(context.cwd, flags.out)
  const log = createSignedLog({ directory: path, person: await findPerson(context) })
  try {
    const event = { actor: 'rekey', action: 'command.audit checkpoint', subject: 'audit' } as const
    await log.record({ ...event, outcome: 'succeeded', details: { out } })
    const checkpoint = await log.checkpoint()
    await writeNewFile(out, formatCheckpoint(checkpoint), 0o644).catch((error: unknown) => {
      throw fileError(error, out, { EEXIST: ['conflict', 'exists: name another file'] })
    })
    const { log: id, seq, hash, at } = checkpoint
    const text = `${out} confirms ${seq} entries of log ${id}: keep it where nothing that writes the log can`
    const { line } = createPrinter<typeof CHECKPOINT_LINES>(flags, context)
    line({ type: 'checkpoint', out, log: id, seq, hash, at }, text)
  } finally {
    await log.close()
  }
}

/**
 * Verifies a log before anything is made of it.
 *
 * @throws {SecretError} `conflict` for one that is not sound
 */
async function requireSound(
  directory: string,
  flags: AuditPlaceFlags & CommonFlags,
  context: CliContext,
): Promise<void> {
  const checkpoints = await readCheckpoints(flags, context)
  requireVerdict(await verifySignedLog({ directory, checkpoints }), directory)
}

/** @throws {SecretError} `conflict` for a log that is not sound */
export function requireVerdict(verdict: SignedLogVerdict, directory: string): void {
  if (verdict.ok) return
  const { entry, reason } = verdict
  throw new SecretError('conflict', describeDamage(verdict), { directory, entry, reason })
}
