import type { Checkpoint, CheckpointMark } from '@rekey/audit-log/internal'
import { formatCheckpoint, parseCheckpoint } from '@rekey/audit-log'
import { SecretError } from '@rekey/secret'
import { formatOf, requireFormat } from '@rekey/secret/internal'
import { fileError, readRegularFile } from '@rekey/secret/internal/files'
import {
  type CheckpointVerifier,
  encodeHeadEntry,
  type LogEvidence,
  type TrailHead,
  type VerifiedCheckpoint,
  verifyEvidence,
} from '@rekey/audit-log/transparency'

/** The proof that a transparency log has a checkpoint of an audit log. */
export interface Receipt {
  readonly checkpoint: Checkpoint
  readonly evidence: LogEvidence
}

/** A receipt that was verified, with the tree that it is in. */
export interface VerifiedReceipt {
  readonly checkpoint: Checkpoint
  readonly tree: VerifiedCheckpoint
}

const TYPE = 'rekey-audit-receipt'
const TRAIL = 'audit/'

/** The head of the trail as which a transparency log has a checkpoint. No biography of a CA has a trail of that name. */
export function headOf({ log, stream, seq, hash }: Checkpoint): TrailHead {
  return { trail: `${TRAIL}${log}${stream === undefined ? '' : `/${stream}`}`, seq, hash }
}

/** The checkpoint that a head states; undefined for that of a biography. */
export function markOf({ trail, seq, hash }: TrailHead): CheckpointMark | undefined {
  if (!trail.startsWith(TRAIL)) return undefined
  const [log = '', stream] = trail.slice(TRAIL.length).split('/')
  return { log, ...(stream !== undefined && { stream: Number(stream) }), seq, hash }
}

/** Formats a receipt as one line of JSON, with its line end. */
export function formatReceipt({ checkpoint, evidence }: Receipt): string {
  const signed: unknown = JSON.parse(formatCheckpoint(checkpoint))
  return `${JSON.stringify({ type: TYPE, checkpoint: signed, evidence })}\n`
}

/**
 * Reads a receipt and verifies it: the signature of the checkpoint, that of the transparency log, and that its tree has the checkpoint.
 *
 * @throws {SecretError} `malformed` for another file; `rejected` for a receipt that was changed, or is of another transparency log;
 *   `missing`, `forbidden`, `unreachable`
 */
export async function readReceipt(
  path: string,
  verifier: CheckpointVerifier,
): Promise<VerifiedReceipt> {
  const text = await readRegularFile(path).catch((error: unknown) => {
    throw fileError(error, path)
  })
  const receipt = parseJson(text)
  requireFormat('audit-receipt', formatOf(receipt), path)
  if (receipt?.type !== TYPE) {
    const message = `${path} is no receipt: give the file that rekey audit anchor wrote`
    throw new SecretError('malformed', message, { path })
  }
  const checkpoint = parseCheckpoint(JSON.stringify(receipt.checkpoint))
  const { entry } = encodeHeadEntry(headOf(checkpoint))
  const accept = (note: string) => Promise.resolve(verifier.verify(note))
  const evidence = await verifyEvidence(entry, receipt.evidence, { accept })
  return { checkpoint, tree: verifier.verify(evidence.checkpoint) }
}

interface ReceiptFile {
  readonly type?: unknown
  readonly checkpoint?: unknown
  readonly evidence?: unknown
}

function parseJson(text: string): ReceiptFile | undefined {
  try {
    return (JSON.parse(text) ?? undefined) as ReceiptFile | undefined
  } catch {
    // Reported by the caller, without the words of the parser.
    return undefined
  }
}
