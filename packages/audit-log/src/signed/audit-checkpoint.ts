import { SecretError } from '@rekey/secret'
import { formatIn, requireFormat } from '@rekey/secret/internal'
import type { AuditHead } from '../audit-entry.ts'
import { isSigned } from './key-chain.ts'
import type { SignedState } from './chain-place.ts'
import type { SignedHead } from './signed-entry.ts'

/** The signed end of a log at one time, to be kept elsewhere. */
export interface Checkpoint extends AuditHead {
  /** The id of the log, 32 hexadecimal digits: SHA-256 of its first public key, or that of the tables. */
  readonly log: string
  /** Of a log in PostgreSQL: the stream that `seq` is of. */
  readonly stream?: number
  /** When it was signed, in ISO 8601, UTC. */
  readonly at: string
  /** The public key that signed it, to which the entry `seq` commits. */
  readonly key: string
  readonly signature: string
}

/** The place that a checkpoint states. The hash is over a line that names the key, so one without it states no less. */
export type CheckpointMark = Pick<Checkpoint, 'log' | 'stream' | 'seq' | 'hash'> &
  Partial<Pick<Checkpoint, 'key'>>

const TYPE = 'rekey-audit-checkpoint'
const HEX = /^(?:[0-9a-f]{32}|[0-9a-f]{64})$/

/** Signs where a log, or a stream of it, ends, with the key of its next entry. */
export function signCheckpoint(
  { head, key }: SignedState,
  { at, log = head.log ?? '', stream }: { at: string; log?: string; stream?: number },
): Checkpoint {
  const { seq, hash } = head
  const of = stream === undefined ? { log } : { log, stream }
  const unsigned = { ...of, seq, hash, at, key: key.publicKey }
  return { ...unsigned, signature: key.sign('checkpoint', signedText(unsigned)) }
}

/** Formats a checkpoint as one line of JSON, with its line end. */
export function formatCheckpoint({ signature, ...unsigned }: Checkpoint): string {
  return `${signedText(unsigned).slice(0, -1)},"signature":"${signature}"}\n`
}

/**
 * Parses what {@link formatCheckpoint} formats, and verifies that its key has signed it. That the key is of the log is what `verifySignedLog` finds.
 *
 * @throws {SecretError} `malformed` for another text, `refused` for a newer format, `rejected` for a signature that is not of its key
 */
export function parseCheckpoint(text: string): Checkpoint {
  requireFormat('audit-checkpoint', formatIn(text))
  const checkpoint = readCheckpoint(text)
  if (checkpoint === undefined) {
    throw new SecretError(
      'malformed',
      'this is no checkpoint of an audit log: give the file that rekey audit checkpoint wrote',
    )
  }
  const { signature, ...unsigned } = checkpoint
  const claim = { publicKey: checkpoint.key, kind: 'checkpoint', signature } as const
  if (isSigned({ ...claim, text: signedText(unsigned) })) return checkpoint
  throw new SecretError(
    'rejected',
    'the checkpoint was changed after it was signed: get it again from where it is kept',
  )
}

/** Compares a checkpoint with a log that has `head` at its place. */
export function contradictionOf(
  checkpoint: CheckpointMark,
  head: SignedHead,
): 'replaced' | 'forked' | undefined {
  if (checkpoint.log !== head.log) return 'replaced'
  const { hash, key = head.publicKey } = checkpoint
  return hash === head.hash && key === head.publicKey ? undefined : 'forked'
}

function readCheckpoint(text: string): Checkpoint | undefined {
  try {
    const { type, log, stream, seq, hash, at, key, signature } = JSON.parse(text) as Checkpoint & {
      type: string
    }
    const texts = [at, key, signature].every((value) => typeof value === 'string')
    const numbers = [seq, stream ?? 0].every((value) => Number.isSafeInteger(value))
    const isSound = type === TYPE && numbers && HEX.test(log) && HEX.test(hash)
    return texts && isSound
      ? { log, ...(stream && { stream }), seq, hash, at, key, signature }
      : undefined
  } catch {
    return undefined
  }
}

function signedText({ log, stream, seq, hash, at, key }: Omit<Checkpoint, 'signature'>): string {
  return JSON.stringify({ type: TYPE, log, stream, seq, hash, at, key })
}
