import { resolve } from 'node:path'
import type { CheckpointMark } from '@rekey/audit-log/internal'
import { SecretError } from '@rekey/secret'
import {
  type CheckpointVerifier,
  createCheckpointVerifier,
  type LogClient,
  type TrailHead,
  parseEntry,
  parseHeadEntry,
  type VerifiedCheckpoint,
} from '@rekey/audit-log/transparency'
import { auditServedLog, openLeafStore } from '@rekey/audit-log/internal/transparency'
import type { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { UsageError } from '../failure.ts'
import { addLogPlace, type LogPlaceFlags } from '../log-place.ts'
import { collect } from '../options.ts'
import { markOf, readReceipt } from './receipt.ts'

/** Flags of the commands that use a transparency log as the place where checkpoints are kept. */
export interface AnchorFlags extends LogPlaceFlags {
  readonly logKey?: string
  readonly receipt?: readonly string[]
  readonly otherLog?: readonly string[]
}

/** Adds the flags of {@link AnchorFlags}. */
export function addAnchorPlace(command: Command): Command {
  return addLogPlace(
    command
      .option('--log-key <key>', 'the verifier key of the transparency log, name+id+base64')
      .option('--receipt <file>', 'a receipt of rekey audit anchor; may be repeated', collect)
      .option(
        '--other-log <id>',
        'with --url: another audit log of this family, of which checkpoints are anchored; may be repeated',
        collect,
      ),
    'address of the transparency log that has the anchored checkpoints',
  )
}

/** Checkpoints that are anchored, and the end of the transparency log that they were found in. */
export interface Anchors {
  readonly marks: readonly CheckpointMark[]
  /** The newest signed note; absent for receipts alone. */
  readonly note?: string
}

/** Creates the verifier of the transparency log. @throws {UsageError} without its key */
export function anchorVerifier({ logKey }: AnchorFlags): CheckpointVerifier {
  if (logKey !== undefined) return createCheckpointVerifier({ log: logKey })
  throw new UsageError(
    '--url and --receipt need --log-key, the verifier key of the transparency log',
  )
}

/**
 * Reads the checkpoints of receipts and, from a transparency log, of every audit log but those that `--other-log` names: an audit log that was
 * replaced by another has none of its own. All entries of the transparency log are read and its tree is computed, so it can
 * leave none out.
 *
 * @throws {SecretError} `conflict` if the transparency log broke a promise; what `readReceipt` and the client throw
 */
export async function readAnchors(
  flags: AnchorFlags,
  client: LogClient | undefined,
  { cwd }: CliContext,
): Promise<Anchors> {
  const { receipt = [], otherLog = [] } = flags
  if (client === undefined && receipt.length === 0) return { marks: [] }
  const verifier = anchorVerifier(flags)
  const receipts = await Promise.all(
    receipt.map((name) => readReceipt(resolve(cwd, name), verifier)),
  )
  const own = receipts.map(({ checkpoint }) => checkpoint)
  if (client === undefined) return { marks: own }
  const note = await client.checkpoint()
  const trees = receipts.map(({ tree }) => tree)
  const heads = await readHeads(client, verifier.verify(note), trees)
  const anchored = heads.flatMap((head) => markOf(head) ?? [])
  return { marks: [...own, ...anchored.filter(({ log }) => !otherLog.includes(log))], note }
}

async function readHeads(
  client: LogClient,
  newest: VerifiedCheckpoint,
  checkpoints: readonly VerifiedCheckpoint[],
): Promise<readonly TrailHead[]> {
  const heads: TrailHead[] = []
  await using leaves = await openLeafStore()
  const { findings } = await auditServedLog({
    ...{ client, newest, checkpoints, leaves },
    onEntry({ entry }) {
      const head = parseHeadEntry(parseEntry(entry))
      if (head !== undefined) heads.push(head)
    },
  })
  const [finding] = findings
  if (finding === undefined) return heads
  throw new SecretError('conflict', finding.message, { reason: finding.reason })
}
