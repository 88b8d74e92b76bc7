import { SecretError } from '@rekey/secret'
import type { CheckpointMemory } from './checkpoint-memory.ts'
import { decodeProof } from './log-client.ts'
import { leafHash } from './merkle-hash.ts'
import { verifyInclusion } from './verify-proof.ts'

/** The proof that an entry is in a log. */
export interface LogEvidence {
  readonly index: number
  /** Hashes in base64, from the leaf to the root of the checkpoint. */
  readonly proof: readonly string[]
  /** A signed note. */
  readonly checkpoint: string
}

/**
 * Verifies that an entry is in the log: the signature of the checkpoint, that the log only grew since the last one that the memory
 * has, and that its tree has the entry.
 *
 * @param entry encoded, as `encodeCertificateEntry` does it
 * @param answer parsed JSON, with the fields of {@link LogEvidence} and perhaps others
 * @returns the evidence alone
 * @throws {SecretError} `malformed` for an answer without evidence; what `CheckpointMemory.accept` and `verifyInclusion` throw
 */
export async function verifyEvidence(
  entry: Uint8Array,
  answer: unknown,
  memory: Pick<CheckpointMemory, 'accept'>,
): Promise<LogEvidence> {
  const { index, proof, checkpoint } = (answer ?? {}) as Partial<LogEvidence>
  if (typeof index !== 'number' || !Array.isArray(proof) || typeof checkpoint !== 'string') {
    const message = 'the log answered without index, proof and checkpoint: report it'
    throw new SecretError('malformed', message)
  }
  const { size, root } = await memory.accept(checkpoint)
  const leaf = leafHash(entry)
  verifyInclusion({ leaf, index, size, root, proof: decodeProof(proof) })
  return { index, proof, checkpoint }
}
