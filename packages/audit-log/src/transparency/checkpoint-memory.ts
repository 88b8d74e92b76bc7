import { setTimeout as delay } from 'node:timers/promises'
import { SecretError } from '@rekey/secret'
import {
  fileError,
  readPrivateFile,
  replaceFile,
  takeProcessLock,
} from '@rekey/secret/internal/files'
import type { CheckpointVerifier, VerifiedCheckpoint } from './checkpoint-verifier.ts'
import type { LogClient } from './log-client.ts'
import { verifyGrowth } from './verify-growth.ts'

/** The last checkpoint that the clients of one store accepted, durable. */
export interface CheckpointMemory {
  /**
   * Reads the last checkpoint. Undefined before the first one.
   *
   * @throws {SecretError} what `CheckpointVerifier.verify` throws for the note in the store; errors of the store
   */
  last(): Promise<VerifiedCheckpoint | undefined>
  /**
   * Accepts a checkpoint if the log only grew between it and the last one, and remembers the larger one, durably, before it
   * returns. Calls are made one after the other; processes that share a store never remember a smaller one than before.
   *
   * @throws {SecretError} what `CheckpointVerifier.verify` throws; `conflict` as {@link verifyGrowth}, or without a reason if
   *   other processes write without end; errors of client and store
   */
  accept(note: string): Promise<VerifiedCheckpoint>
}

/** Keeps one checkpoint, for one process or several. */
export interface CheckpointStore {
  /** Undefined if none was kept. */
  read(): Promise<string | undefined>
  /**
   * Keeps `note` in place of `before`.
   *
   * @returns true once the note survives a crash; false, and nothing is changed, if the store has another one than `before`
   */
  replace(note: string, before: string | undefined): Promise<boolean>
}

/** Parts of a {@link CheckpointMemory}. */
export interface CheckpointMemoryParts {
  /** Knows the key of the log. */
  readonly verifier: CheckpointVerifier
  /** Where the newest checkpoint is kept. */
  readonly store: CheckpointStore
  /** Asked for the proof between two checkpoints. */
  readonly client: Pick<LogClient, 'consistencyProof'>
}

/**
 * Creates the memory that makes a client notice a log which was rewritten, forked or truncated. The first checkpoint is accepted as it
 * is; a client that loses its memory begins anew.
 *
 * @example
 * ```ts
 * const verifier = createCheckpointVerifier({ log: issueNoteKey('ct.example.com/log').verifierKey })
 * const client = createLogClient({ url: 'https://ct.example.com', fetch })
 * const memory = createCheckpointMemory({ verifier, client, store: checkpointFile('/var/lib/ct/checkpoint') })
 * const { size, root } = await memory.accept(await client.checkpoint())
 * ```
 */
export function createCheckpointMemory(parts: CheckpointMemoryParts): CheckpointMemory {
  return new Memory(parts)
}

/** Keeps a checkpoint in a file, of this user alone. */
export function checkpointFile(path: string): CheckpointStore {
  const read = () =>
    readPrivateFile(path).catch((error: unknown) => {
      if (error instanceof SecretError && error.code === 'missing') return undefined
      throw error
    })
  return {
    read,
    async replace(note, before) {
      const release = await takeProcessLock(`${path}.lock`).catch((error: unknown) => {
        if (error instanceof SecretError && error.code === 'conflict') return undefined
        throw fileError(error, path)
      })
      if (release === undefined) return false
      try {
        if ((await read()) !== before) return false
        await replaceFile(path, note)
        return true
      } finally {
        await release()
      }
    },
  }
}

/** A note with what it states. */
interface Kept {
  readonly note: string
  readonly checkpoint: VerifiedCheckpoint
}

const MOST_TRIES = 50
const TRY_AGAIN_MS = 20

class Memory implements CheckpointMemory {
  readonly #parts: CheckpointMemoryParts
  #last: Kept | undefined
  #accepted: Promise<unknown> = Promise.resolve()

  constructor(parts: CheckpointMemoryParts) {
    this.#parts = parts
  }

  async last(): Promise<VerifiedCheckpoint | undefined> {
    return (await this.#read())?.checkpoint
  }

  accept(note: string): Promise<VerifiedCheckpoint> {
    const accepted = this.#accepted.then(() => this.#accept(note))
    this.#accepted = accepted.catch(() => undefined)
    return accepted
  }

  async #accept(note: string): Promise<VerifiedCheckpoint> {
    const checkpoint = this.#parts.verifier.verify(note)
    for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
      const last = await this.#read()
      if (last !== undefined) await this.#verifyGrowth(last.checkpoint, checkpoint)
      if (last !== undefined && checkpoint.size <= last.checkpoint.size) return checkpoint
      if (await this.#parts.store.replace(note, last?.note)) {
        this.#last = { note, checkpoint }
        return checkpoint
      }
      // Another process has remembered one meanwhile, with which this one is compared as well.
      await delay(TRY_AGAIN_MS * Math.random())
    }
    const message = 'other processes keep checkpoints of the log without end: try again later'
    throw new SecretError('conflict', message)
  }

  async #read(): Promise<Kept | undefined> {
    const note = await this.#parts.store.read()
    if (note === undefined) this.#last = undefined
    else if (note !== this.#last?.note) {
      this.#last = { note, checkpoint: this.#parts.verifier.verify(note) }
    }
    return this.#last
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
