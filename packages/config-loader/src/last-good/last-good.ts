import { type Clock, type Secret, SecretError, jsonIn } from '@rekey/secret'
import { formatAfter, formatOf, requireFormat } from '@rekey/secret/internal'
import { errnoOf, fileError, replaceFile, readRegularFile } from '@rekey/secret/internal/files'
import { z } from 'zod/v4'
import { asSecretError } from '../follow/source-reader.ts'
import { reportedFailure, type EmitEvent } from '../follow/loader-event.ts'
import { type SnapshotSecret, parseKept, writeKept } from './snapshot-secrets.ts'
import { checkSealKey, seal, type Sealed, unseal } from './seal.ts'

/** Where the last good values of a service are kept, sealed, for a start while their source is down. */
export interface LastGoodOptions {
  /** A file in a directory that outlives the process and is this service's own. */
  readonly path: string
  /** At least 32 random characters, kept somewhere else than the file and the source. */
  readonly key: Secret
  /** For how long a value may be used after its source last named it. Default 86,400,000 (a day). */
  readonly maxAgeMs?: number
}

/** The context a snapshot belongs to. */
interface LastGoodContext {
  readonly service: string
  readonly definition: string
  readonly clock: Clock
  readonly emit: EmitEvent
}

const FORMAT_PREFIX = 'rekey-last-good/'
const FORMAT = `${FORMAT_PREFIX}1`
const DAY_MS = 24 * 60 * 60 * 1_000
/** The clock of the machine that wrote it may be ahead of ours by this. */
const SKEW_MS = 5 * 60 * 1_000
/** A snapshot that nothing has changed is written again so many times within its life, so that it stays young. */
const REWRITES = 10

const SEALED = z.object({
  format: z.literal(FORMAT),
  service: z.string(),
  definition: z.string(),
  writtenAt: z.number(),
  salt: z.string(),
  nonce: z.string(),
  text: z.string(),
})

/** The last-good snapshot of one service. */
export class LastGood {
  readonly #path: string
  readonly #key: Secret
  readonly #maxAgeMs: number
  readonly #context: LastGoodContext
  #writtenRevisions: string | undefined
  #writtenAt = -Infinity
  #writing: Promise<void> = Promise.resolve()
  #hasFailed = false

  /** @throws {SecretError} `refused` if the key is too short */
  constructor({ path, key, maxAgeMs = DAY_MS }: LastGoodOptions, context: LastGoodContext) {
    checkSealKey(key)
    this.#path = path
    this.#key = key
    this.#maxAgeMs = maxAgeMs
    this.#context = context
  }

  /** The usable part of it; empty where there is none. An unusable snapshot is reported. */
  async read(): Promise<ReadonlyMap<string, SnapshotSecret>> {
    try {
      const text = await readRegularFile(this.#path)
      const kept = parseKept(unseal(this.#check(jsonIn(text)), this.#key))
      return new Map([...kept].filter(([, { confirmedAt }]) => !this.#isOld(confirmedAt)))
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return new Map()
      const { code, message, details } = asSecretError(fileError(error, this.#path))
      const reason = String(details['reason'] ?? code)
      const remedy = `the last-good snapshot ${this.#path} is not used: ${message}`
      this.#context.emit({ type: 'last-good-refused', reason, message: remedy })
      return new Map()
    }
  }

  /** Writes it if something has changed, or if it would grow old. Returns at once. */
  keep(secrets: readonly SnapshotSecret[]): void {
    const revisions = JSON.stringify(secrets.map(({ raw: { name, revision } }) => [name, revision]))
    const isDue = this.#context.clock.elapsed() - this.#writtenAt > this.#maxAgeMs / REWRITES
    if (revisions === this.#writtenRevisions && !isDue) return
    this.#writtenRevisions = revisions
    this.#writtenAt = this.#context.clock.elapsed()
    this.#writing = this.#writing.then(() => this.#write(secrets))
  }

  /** Resolves when everything is written. */
  settled(): Promise<void> {
    return this.#writing
  }

  async #write(secrets: readonly SnapshotSecret[]): Promise<void> {
    const { service, definition, clock, emit } = this.#context
    const label = { format: FORMAT, service, definition, writtenAt: clock.now() }
    try {
      await replaceFile(this.#path, JSON.stringify(seal(writeKept(secrets), label, this.#key)))
      this.#hasFailed = false
    } catch (error) {
      this.#writtenRevisions = undefined
      if (!this.#hasFailed)
        emit({ type: 'last-good-failed', ...reportedFailure(asSecretError(error)) })
      this.#hasFailed = true
    }
  }

  #check(read: unknown): Sealed {
    const format = formatOf(read)
    if (typeof format === 'string') requireFormat('last-good', formatAfter(FORMAT_PREFIX, format))
    const { data } = SEALED.safeParse(read)
    const { service, definition } = this.#context
    if (data === undefined) throw refused('malformed', 'it is not a snapshot of this kind')
    if (data.service !== service || data.definition !== definition) {
      throw refused('foreign', 'it was made for another service, environment or set of secrets')
    }
    if (this.#isOld(data.writtenAt)) throw refused('old', 'it is older than its maxAgeMs')
    return data
  }

  /** A snapshot from the future is no younger: a clock was set. */
  #isOld(at: number): boolean {
    const ageMs = this.#context.clock.now() - at
    return ageMs > this.#maxAgeMs || ageMs < -SKEW_MS
  }
}

function refused(reason: string, message: string): SecretError {
  return new SecretError('refused', message, { reason })
}
