import { jitteredMs } from '@rekey/secret/internal'
import { type Clock, SecretError } from '@rekey/secret'
import { createPolledReads, type PolledReads } from '../polled-reads.ts'
import { stagedSecret, type StoredStages, type StoredVersion } from '../stored-stages.ts'
import { withRetries } from '../with-retries.ts'
import type { AwsApi } from './aws-api.ts'
import { checkFormat, journalsIn, labelHolders, type LabelHolders, stagesOf } from './aws-labels.ts'

/** Options of {@link createAwsReads}. */
interface AwsReadsOptions {
  readonly reader: AwsReader
  readonly idOf: (name: string) => string
  readonly clock: Clock
  readonly random: () => number
  readonly ttlMs: number
  readonly closing: AbortSignal
}

/** Creates the `read` and `watch` of the store. */
export function createAwsReads(options: AwsReadsOptions): PolledReads {
  const { reader, idOf, clock, random, ttlMs, closing } = options
  const rotations = new Map<string, number | undefined>()
  return createPolledReads({
    ...{ clock, closing },
    async load(name) {
      const { stages, nextRotationAt } = await reader.read(idOf(name))
      rotations.set(name, nextRotationAt)
      return stagedSecret(name, stages, `put a value into ${idOf(name)}`, {
        kind: 'store',
        store: 'aws',
      })
    },
    waitMs(name) {
      const plan = { ttlMs, now: clock.now(), nextRotationAt: rotations.get(name) }
      return nextLookMs({ ...plan, random: random() })
    },
  })
}

/** When a secret was looked at, and what is known of its next rotation. */
interface LookPlan {
  /** For how long what was read is taken for the newest. */
  readonly ttlMs: number
  /** Milliseconds since the epoch, as the next. */
  readonly now: number
  readonly nextRotationAt: number | undefined
  /** From 0 to 1. */
  readonly random: number
}

/** A rotation that is due takes a while, and a label that was moved is not seen everywhere at once. */
const AFTER_ROTATION_MS = 5_000

/**
 * How long to wait until the next look: a random time between half of the TTL and all of it, so that a fleet that was started
 * together does not ask together (as AWS' own caching client for Python does), or shortly after the next planned rotation if
 * that comes first.
 */
export function nextLookMs({ ttlMs, now, nextRotationAt, random }: LookPlan): number {
  const waitMs = jitteredMs(ttlMs, 0.5, () => random)
  const untilRotationMs = (nextRotationAt ?? 0) - now
  const isAhead = untilRotationMs > 0
  return isAhead ? Math.min(waitMs, untilRotationMs + AFTER_ROTATION_MS * (1 + random)) : waitMs
}

/** One secret at one instant. */
export interface AwsSnapshot {
  readonly holders: LabelHolders
  readonly stages: StoredStages
  /** The versions that have a value. */
  readonly values: ReadonlyMap<string, StoredVersion>
  /** When the service means to rotate it next, in milliseconds since the epoch. A hint: it may be rotated by hand too. */
  readonly nextRotationAt?: number
}

/** Options of {@link AwsReader}. */
interface AwsReaderOptions {
  readonly api: AwsApi
  readonly clock: Clock
  readonly random: () => number
}

/**
 * Reads secrets: first which version bears which label, then the values that are new. The value of a version never changes, so
 * what is read belongs to the instant of the first answer. Only the values that bear a label are kept.
 */
export class AwsReader {
  readonly #options: AwsReaderOptions
  readonly #kept = new Map<string, ReadonlyMap<string, StoredVersion>>()

  constructor(options: AwsReaderOptions) {
    this.#options = options
  }

  /** @throws {SecretError} `missing` if there is no such secret, or if it is marked for deletion */
  async read(secretId: string, signal?: AbortSignal): Promise<AwsSnapshot> {
    const first = await this.#readOnce(secretId, signal)
    // A version that has lost its labels since may be gone already.
    const isTorn = first.holders.current !== undefined && first.stages.current === undefined
    return isTorn ? this.#readOnce(secretId, signal) : first
  }

  async #readOnce(secretId: string, signal: AbortSignal | undefined): Promise<AwsSnapshot> {
    const { api } = this.#options
    const found = await this.#retry(() => api.describe(secretId, signal), signal)
    if (found.DeletedDate !== undefined) {
      const message = `${secretId} is marked for deletion: restore it`
      throw new SecretError('missing', message, { reason: 'deleted' })
    }
    checkFormat(found, secretId)
    const holders = labelHolders(found)
    const journals = journalsIn(found)
    const read = await this.#valuesOf(secretId, holders, signal)
    const values = new Map(
      [...read].map(([id, version]) => {
        const journal = journals.get(id)
        return [id, { ...version, ...(journal !== undefined && { journal }) }] as const
      }),
    )
    const nextRotationAt = found.NextRotationDate?.getTime()
    return {
      holders,
      values,
      stages: stagesOf(holders, values),
      ...(nextRotationAt !== undefined && { nextRotationAt }),
    }
  }

  async #valuesOf(
    secretId: string,
    { current, pending, previous }: LabelHolders,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<string, StoredVersion>> {
    const kept = this.#kept.get(secretId)
    const wanted = [...new Set([current, pending, previous])].filter((id) => id !== undefined)
    const values = await Promise.all(
      wanted.map(async (id) => {
        const known = kept?.get(id)
        const get = () => this.#options.api.value(secretId, id, signal)
        return [id, known ?? (await this.#retry(get, signal))] as const
      }),
    )
    const found = new Map(values.flatMap(([id, value]) => (value ? [[id, value] as const] : [])))
    this.#kept.set(secretId, found)
    return found
  }

  #retry<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const { clock, random } = this.#options
    return withRetries({ clock, random, signal }, work)
  }
}
