import { SecretError } from '@rekey/secret'
import { readPrivateFile, replaceFile } from '@rekey/secret/files'
import type { CheckpointVerifier, VerifiedCheckpoint } from './checkpoint-verifier.ts'
import type { LogClient } from './log-client.ts'
import { verifyGrowth } from './verify-growth.ts'

/** The last checkpoint that a client of a log accepted, durable. */
export interface CheckpointMemory {
  /** Undefined before the first one. */
  readonly last: VerifiedCheckpoint | undefined
  /**
   * Accepts a checkpoint if the log only grew between it and the last one, and remembers the larger one, durably, before it
   * returns. Calls are made one after the other.
   *
   * @throws {SecretError} what `CheckpointVerifier.verify` throws; `conflict` as {@link verifyGrowth}; errors of client and store
   */
  accept(note: string): Promise<VerifiedCheckpoint>
}

/** Keeps one checkpoint. */
export interface CheckpointStore {
  /** Undefined if none was kept. */
  read(): Promise<string | undefined>
  /** Resolves once the note survives a crash. */
  write(note: string): Promise<void>
}

/** Parts of a {@link CheckpointMemory}. */
export interface CheckpointMemoryParts {
  readonly verifier: CheckpointVerifier
  readonly store: CheckpointStore
  /** Asked for the proof between two checkpoints. */
  readonly client: Pick<LogClient, 'consistencyProof'>
}

/**
 * Opens the memory that makes a client notice a log which was rewritten, forked or truncated. The first checkpoint is accepted as it
 * is; a client that loses its memory begins anew.
 *
 * @throws {SecretError} what `CheckpointVerifier.verify` throws for the note in the store; errors of the store
 * @example
 * ```ts
 * const verifier = createCheckpointVerifier({ log: issueNoteKey('ct.example.com/log').verifierKey })
 * const client = createLogClient({ url: 'https://ct.example.com', fetch })
 * const memory = await openCheckpointMemory({ verifier, client, store: checkpointFile('/var/lib/ct/checkpoint') })
 * const { size, root } = await memory.accept(await client.checkpoint())
 * ```
 */
export async function openCheckpointMemory(
  parts: CheckpointMemoryParts,
): Promise<CheckpointMemory> {
  const kept = await parts.store.read()
  return new Memory(parts, kept === undefined ? undefined : parts.verifier.verify(kept))
}

/** Keeps a checkpoint in a file, of this user alone. */
export function checkpointFile(path: string): CheckpointStore {
  return {
    read: () =>
      readPrivateFile(path).catch((error: unknown) => {
        if (error instanceof SecretError && error.code === 'missing') return undefined
        throw error
      }),
    write: (note) => replaceFile(path, note),
  }
}

class Memory implements CheckpointMemory {
  readonly #parts: CheckpointMemoryParts
  #last: VerifiedCheckpoint | undefined
  #accepted: Promise<unknown> = Promise.resolve()

  constructor(parts: CheckpointMemoryParts, last: VerifiedCheckpoint | undefined) {
    this.#parts = parts
    this.#last = last
  }

  get last(): VerifiedCheckpoint | undefined {
    return this.#last
  }

  accept(note: string): Promise<VerifiedCheckpoint> {
    const accepted = this.#accepted.then(() => this.#accept(note))
    this.#accepted = accepted.catch(() => undefined)
    return accepted
  }

  async #accept(note: string): Promise<VerifiedCheckpoint> {
    const { verifier, store } = this.#parts
    const checkpoint = verifier.verify(note)
    const last = this.#last
    if (last !== undefined) await this.#verifyGrowth(last, checkpoint)
    if (last === undefined || checkpoint.size > last.size) {
      await store.write(note)
      this.#last = checkpoint
    }
    return checkpoint
  }

  /** Two answers of the log may come in another order than they were made: then the last checkpoint is the later one. */
  async #verifyGrowth(last: VerifiedCheckpoint, checkpoint: VerifiedCheckpoint): Promise<void> {
    const [before, after] = checkpoint.size < last.size ? [checkpoint, last] : [last, checkpoint]
    verifyGrowth({ before, after, proof: await this.#proofBetween(before, after) })
  }

  async #proofBetween(before: VerifiedCheckpoint, after: VerifiedCheckpoint) {
    if (before.size === after.size || before.size === 0) return []
    const of = { before: before.size, size: after.size }
    return this.#parts.client.consistencyProof(of).catch((error: unknown) => {
      if (!(error instanceof SecretError && error.code === 'missing')) throw error
      const message = `truncated: ${after.origin} has signed a checkpoint of size ${after.size} and has no such tree: keep the checkpoint and report the log`
      throw new SecretError('conflict', message, { reason: 'truncated', ...of })
    })
  }
}
