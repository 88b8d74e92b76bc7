import { verify } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { type TreeCheckpoint, parseTreeCheckpoint } from './tree-checkpoint.ts'
import { parseVerifierKey, type VerifierKey } from './note-key.ts'
import { type NoteSignature, parseNote } from './signed-note.ts'

/** Options of {@link createCheckpointVerifier}: the keys that a client trusts. Keys are `name+id+base64`. */
export interface CheckpointTrust {
  /** The verifier key of the log. Each checkpoint needs its signature. */
  readonly log: string
  /** The first line of each checkpoint. Default: the name of the log's key. */
  readonly origin?: string
  /** Verifier keys of witnesses. Default none. */
  readonly witnesses?: readonly string[]
  /** How many of the witnesses each checkpoint needs. Default 0. */
  readonly quorum?: number
}

/** A checkpoint with the signatures that a client asks for. */
export interface VerifiedCheckpoint extends Required<TreeCheckpoint> {
  /** Names of the known witnesses that signed it. */
  readonly witnesses: readonly string[]
}

/** Verifies checkpoints of one log. */
export interface CheckpointVerifier {
  /**
   * Verifies a signed checkpoint. Signatures of unknown keys are ignored.
   *
   * @throws {SecretError} `malformed` if it is none; `rejected` with `details.reason`: `bad-signature` if a known key did not
   *   make the signature under its name, `unsigned` without the log's, `other-log` for another origin, `quorum` for too few witnesses
   */
  verify(note: string): VerifiedCheckpoint
}

/**
 * Creates a verifier of one log's checkpoints.
 *
 * @throws {SecretError} `malformed` for a key that is none, one given twice, or a quorum that the witnesses cannot reach
 * @example
 * ```ts
 * const { verifierKey, signerKey } = issueNoteKey('ct.example.com/log')
 * const note = createCheckpointSigner(signerKey).sign({ origin: 'ct.example.com/log', size: 0, root: emptyRoot() })
 * const { size, root } = createCheckpointVerifier({ log: verifierKey }).verify(note)
 * ```
 */
export function createCheckpointVerifier(trust: CheckpointTrust): CheckpointVerifier {
  const log = parseVerifierKey(trust.log)
  const witnesses = (trust.witnesses ?? []).map(parseVerifierKey)
  const { origin = log.name, quorum = 0 } = trust
  checkTrust([log, ...witnesses], quorum)
  return {
    verify(note) {
      const { text, signatures } = parseNote(note)
      const signers = verifiedSigners(text, signatures, [log, ...witnesses])
      if (!signers.has(log)) {
        throw rejected('unsigned', `is not signed by ${log.name}: fetch it from the log itself`)
      }
      const checkpoint = parseTreeCheckpoint(text)
      if (checkpoint.origin !== origin) {
        throw rejected('other-log', `is not of the log ${origin}: fetch that of this log`)
      }
      const names = witnesses.filter((key) => signers.has(key)).map(({ name }) => name)
      if (names.length < quorum) {
        throw rejected('quorum', `has ${names.length} of ${quorum} witnesses: wait for more`)
      }
      return { ...checkpoint, witnesses: names }
    },
  }
}

/** Lists the known keys that signed a text. One wrong signature under the name and id of a known key rejects all. */
function verifiedSigners(
  text: string,
  signatures: readonly NoteSignature[],
  keys: readonly VerifierKey[],
): Set<VerifierKey> {
  const bytes = Buffer.from(text)
  const signers = new Set<VerifierKey>()
  for (const { name, keyId, signature } of signatures) {
    const key = keys.find((known) => known.name === name && known.id === keyId)
    if (key === undefined) continue
    if (!verify(null, bytes, key.publicKey, signature)) {
      throw rejected('bad-signature', `has a wrong signature of ${key.name}: fetch it again`)
    }
    signers.add(key)
  }
  return signers
}

function checkTrust(keys: readonly VerifierKey[], quorum: number): void {
  // One key under two names would count twice.
  const some = keys.find((key, at) =>
    keys.slice(0, at).some((k) => k.publicKey.equals(key.publicKey)),
  )
  if (some !== undefined) {
    const message = `the key ${some.name}+${some.id} is given twice: name each key of log and witnesses once`
    throw new SecretError('malformed', message, { name: some.name })
  }
  if (Number.isInteger(quorum) && quorum >= 0 && quorum < keys.length) return
  const message = `a quorum of ${quorum} is none for ${keys.length - 1} witnesses: choose 0 to ${keys.length - 1}`
  throw new SecretError('malformed', message, { quorum })
}

function rejected(reason: string, problem: string): SecretError {
  return new SecretError('rejected', `the checkpoint ${problem}`, { reason })
}
