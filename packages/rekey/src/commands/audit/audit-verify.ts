import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { SignedLogVerdict } from '@rekey/audit-log/internal'
import { verifyAuditLog, verifySignedLog } from '@rekey/audit-log'
import { SecretError } from '@rekey/secret'
import { fileError, ifMissing } from '@rekey/secret/internal/files'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext } from '../cli-context.ts'
import { jsonLine, printing } from '../json-output.ts'
import { openServedLog } from '../log-place.ts'
import { createPrinter } from '../printer.ts'
import { addAnchorPlace, type AnchorFlags, readAnchors } from './anchors.ts'
import { addAuditPlace, type AuditPlaceFlags, findAudit, readCheckpoints } from './audit-place.ts'

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
    isWitnessed: z
      .boolean()
      .optional()
      .describe('whether a checkpoint that was kept elsewhere confirms any of it'),
    streams: z.int().optional().describe('of a log in PostgreSQL: how many it has'),
    writers: z.array(z.string()).optional().describe('the database logins that have written it'),
    anchored: z.int().optional().describe('checkpoints in the transparency log and in receipts'),
  }),
  jsonLine('damaged', 'The last lines for a log that was changed, one for each stream of it.', {
    ...{ entries: z.int().describe('sound ones, from the first'), entry: z.int() },
    ...{ reason: z.string(), path: z.string().optional(), line: z.int().optional() },
    stream: z.int().optional().describe('of a log in PostgreSQL: the stream that it is in'),
    writer: z.string().optional().describe('the database login that writes that stream'),
  }),
])
interface VerifyFlags extends AuditPlaceFlags, AnchorFlags {}

/** Defines `rekey audit verify`. */
export function defineVerify(command: Command, context: CliContext): void {
  addAnchorPlace(
    addAuditPlace(
      printing(command, VERIFY_LINES, [
        'rekey audit verify --family production.json',
        'rekey audit verify /var/lib/rekey/audit --checkpoint /media/usb/audit-2026-11-28.json',
        'rekey audit verify --family production.json --url https://log.example.com:8443 --trust ca.pem --log-key "log.example.com+0a1b2c3d+AVq…"',
      ]),
    ),
  ).action((directory: string | undefined, flags: VerifyFlags) =>
    verifyLog(directory, flags, context),
  )
}

/** The exit code is 1 for a log that is not sound, and in production for one that no checkpoint confirms. */
async function verifyLog(
  directory: string | undefined,
  flags: VerifyFlags,
  context: CliContext,
): Promise<void> {
  await using audit = await findAudit(directory, flags, context)
  const { place, nonProduction } = audit
  const kept = await readCheckpoints(flags, context)
  const anchored = await findAnchored(flags, context)
  const { line } = createPrinter<typeof VERIFY_LINES>(flags, context)
  let isSound = true
  for (const found of 'directory' in place ? await verifyUnsigned(place.directory) : []) {
    const state = found.ok ? `${found.entries} entries` : `${found.reason}: NOT SOUND`
    line({ type: 'unsigned', ...found }, `${found.file}  not signed, ${state}`)
    isSound &&= found.ok
  }
  const checkpoints = [...kept, ...(anchored ?? [])]
  const verdict = await verifySignedLog({ ...place, checkpoints })
  if (verdict.ok) {
    const { entries, log, confirmed, hasKey, head, streams, writers = [] } = verdict
    const counted = anchored && { anchored: anchored.length }
    const isWitnessed = confirmed > 0
    const written = streams === undefined ? {} : { streams, writers: [...writers] }
    const known = { ...(log && { log }), ...counted, ...written, isWitnessed }
    const sound = { entries, confirmed, hasKey, hash: head.hash, ...known }
    const mark = isWitnessed || nonProduction ? '' : 'NOT CONFIRMED: '
    line({ type: 'sound', ...sound }, `${mark}${describeSound(verdict, anchored?.length)}`)
    isSound &&= isWitnessed || nonProduction
  } else {
    for (const damage of [verdict, ...(verdict.others ?? [])]) {
      line({ type: 'damaged', ...factsOf(damage) }, describeDamage(damage))
    }
  }
  if (!verdict.ok || !isSound) context.process.exitCode = 1
}

/** The checkpoints in the transparency log and in receipts; undefined if neither is named. */
async function findAnchored(flags: VerifyFlags, context: CliContext) {
  if (flags.url === undefined && flags.receipt === undefined) return undefined
  if (flags.url === undefined) return (await readAnchors(flags, undefined, context)).marks
  await using served = await openServedLog(flags, context)
  return (await readAnchors(flags, served.client, context)).marks
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

function describeSound(
  verdict: SignedLogVerdict & { readonly ok: true },
  anchored: number | undefined,
): string {
  const { entries, log = 'none' } = verdict
  const end = describeEnd(verdict)
  return `${entries} entries verified, none changed (log ${log}; ${end}). ${describeMarks(verdict, anchored)}`
}

function describeEnd({ hasKey, streams, writers = [] }: SignedLogVerdict & { ok: true }): string {
  if (streams !== undefined) return `${streams} streams, by ${writers.join(', ') || 'no login'}`
  return hasKey ? 'the key file confirms the last entry' : 'no key file to confirm the last entry'
}

function describeMarks(
  { confirmed, streams }: SignedLogVerdict & { readonly ok: true },
  anchored: number | undefined,
): string {
  const count = anchored === 1 ? '1 is' : `${anchored} are`
  const where = anchored ? `; ${count} anchored in the transparency log` : ''
  if (confirmed > 0)
    return `A checkpoint confirms ${streams === undefined ? 'the first ' : ''}${confirmed}${where}`
  return anchored === undefined
    ? 'Not checked against a checkpoint: an older copy put back with its key would go unnoticed (add --checkpoint FILE or --url)'
    : 'No checkpoint of it is anchored: an older copy put back with its key would go unnoticed (run rekey audit anchor)'
}

type Damage = Omit<SignedLogVerdict & { readonly ok: false }, 'ok' | 'others'>

function factsOf({ entries, entry, reason, path, line, stream, writer }: Damage) {
  const file = path === undefined || line === undefined ? {} : { path, line }
  const of = stream === undefined || writer === undefined ? {} : { stream, writer }
  return { entries, entry, reason, ...file, ...of }
}

function describeDamage({ entries, entry, reason, path, line, stream, writer }: Damage): string {
  const file = path === undefined ? '' : ` (${path}, line ${line})`
  const place =
    stream === undefined
      ? file
      : ` of stream ${stream}, by ${writer === undefined || writer === '' ? 'no known login' : writer}`
  return `NOT SOUND: ${reason} at entry ${entry}${place}; the ${entries} entries before it are unchanged. Keep the log as evidence under another name`
}

/** @throws {SecretError} `conflict` for a log that is not sound */
export function requireVerdict(verdict: SignedLogVerdict, name: string): void {
  if (verdict.ok) return
  const { entry, reason, stream } = verdict
  const details = { place: name, entry, reason, ...(stream !== undefined && { stream }) }
  throw new SecretError('conflict', describeDamage(verdict), details)
}
