import { SecretError } from '@rekey/secret'
import type { TreeCheckpoint } from './tree-checkpoint.ts'
import { sameHash } from './merkle-hash.ts'
import { isConsistent } from './verify-proof.ts'

/** Two verified checkpoints of one log, and the proof between them. */
export interface Growth {
  /** The last checkpoint that the client accepted. */
  readonly before: TreeCheckpoint
  readonly after: TreeCheckpoint
  /** Hashes from the log; none for equal sizes and for an empty tree before. */
  readonly proof: readonly Uint8Array[]
}

/**
 * Verifies that a log has only grown since the checkpoint that a client remembers. The client then remembers `after`.
 *
 * @throws {SecretError} `conflict`, with `details.reason`: `other-log` for another origin, `truncated` for a smaller tree,
 *   `forked` for another root at the same size, `rewritten` if the proof does not show that `after` begins with `before`
 */
export function verifyGrowth({ before, after, proof }: Growth): void {
  if (after.origin !== before.origin) {
    throw conflict(
      'other-log',
      before,
      after,
      'is of another log: compare checkpoints of one origin',
    )
  }
  if (after.size < before.size) {
    throw conflict(
      'truncated',
      before,
      after,
      'is smaller: ask for the newest, and report the log if it stays so',
    )
  }
  if (after.size === before.size && !sameHash(after.root, before.root)) {
    throw conflict('forked', before, after, 'has another root: keep both and report the log')
  }
  if (!isConsistent({ before, after, proof })) {
    const problem =
      'is not shown to begin with it: ask for the proof again, and keep both and report the log if it stays so'
    throw conflict('rewritten', before, after, problem)
  }
}

function conflict(
  reason: 'other-log' | 'truncated' | 'forked' | 'rewritten',
  before: TreeCheckpoint,
  after: TreeCheckpoint,
  problem: string,
): SecretError {
  const message = `${reason}: the checkpoint of size ${after.size}, compared with that of size ${before.size} from ${before.origin}, ${problem}`
  return new SecretError('conflict', message, { reason, before: before.size, after: after.size })
}
