import { sign } from 'node:crypto'
import type { Secret } from '@rekey/secret'
import {
  type TreeCheckpoint,
  formatTreeCheckpoint,
  parseTreeCheckpoint,
} from './tree-checkpoint.ts'
import { parseSignerKey } from './note-key.ts'
import { formatSignature, parseNote } from './signed-note.ts'

/** Signs checkpoints with one key, which it does not give away. */
export interface CheckpointSigner {
  /** The name of the key, in each of its signatures. */
  readonly name: string
  /** The public half of the key, `name+id+base64`. */
  readonly verifierKey: string
  /**
   * Signs a checkpoint as its log. Sign no two that are inconsistent: store the tree before its checkpoint is published.
   *
   * @returns the signed note
   * @throws {SecretError} `malformed` for what no checkpoint can state
   */
  sign(checkpoint: TreeCheckpoint): string
  /**
   * Adds the signature of a witness to a signed checkpoint. Verify the note and its growth first.
   *
   * @returns the note with one more signature
   * @throws {SecretError} `malformed` if the note is no checkpoint
   */
  cosign(note: string): string
}

/**
 * Creates a signer of checkpoints. The key stays inside: no property, log line or error shows it.
 *
 * @param signerKey from `issueNoteKey`, or of another tool for signed notes: `PRIVATE+KEY+name+id+base64`
 * @throws {SecretError} `malformed` if it is none
 * @example
 * ```ts
 * const { signerKey } = issueNoteKey('ct.example.com/log')
 * const signer = createCheckpointSigner(signerKey)
 * const tree = await openMerkleTree(createMemoryNodeStore())
 * const note = signer.sign({ origin: signer.name, ...tree.head })
 * ```
 */
export function createCheckpointSigner(signerKey: Secret): CheckpointSigner {
  const { name, id, privateKey, verifierKey } = parseSignerKey(signerKey.expose())
  const lineFor = (text: string) =>
    formatSignature({ name, keyId: id, signature: sign(null, Buffer.from(text), privateKey) })
  return {
    name,
    verifierKey,
    sign(checkpoint) {
      const text = formatTreeCheckpoint(checkpoint)
      return `${text}\n${lineFor(text)}`
    },
    cosign(note) {
      const { text } = parseNote(note)
      parseTreeCheckpoint(text)
      return note + lineFor(text)
    },
  }
}
