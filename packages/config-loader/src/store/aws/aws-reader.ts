import { type Backoff, jitteredMs, type Random } from '@rekey/secret/internal'
import {
  backoffMs,
  type Clock,
  SecretError,
  type SecretSource,
  SingleFlights,
  type StagedSecret,
} from '@rekey/secret'
import { stagedSecret, type StoredStages, type StoredVersion } from '../stored-stages.ts'
import { unlessAborted } from '../unless-aborted.ts'
import { createWatchedReads, type Wakeup } from '../watched-reads.ts'
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

/** The reads of the store, and the way to notify them of a write of its own. */
interface AwsReads extends Required<Pick<SecretSource, 'read' | 'watch'>> {
  changed(name: string): void
}

/** Creates the `read` and `watch` of the store. */
export function createAwsReads(options: AwsReadsOptions): AwsReads {
  const { reader, idOf, clock, random, ttlMs, closing } = options
  const flights = new SingleFlights<string, StagedSecret>()
  const wakeups = new Set<Wakeup>()
  const rotations = new Map<string, number | undefined>()
  const load = async (name: string) => {
    const { stages, nextRotationAt } = await reader.read(idOf(name))
    rotations.set(name, nextRotationAt)
    return stagedSecret(name, stages, `put a value into ${idOf(name)}`, {
      kind: 'store',
      store: 'aws',
    })
  }
  const waitMs = (name: string) => {
    const plan = { ttlMs, now: clock.now(), nextRotationAt: rotations.get(name) }
    return nextLookMs({ ...plan, random: random() })
  }
  const reads = createWatchedReads({
    clock,
    load: (name) => flights.join(name, () => load(name)),
    wakeUp(wakeup, name, signal) {
      wakeups.add(wakeup)
      void wakeRepeatedly(wakeup, () => clock.sleep(waitMs(name), signal), signal).finally(() =>
        wakeups.delete(wakeup),
      )
    },
  })
  return {
    read: (name, signal) => unlessAborted(reads.read(name, signal), signal),
    watch: (name, signal) => reads.watch(name, AbortSignal.any([signal, closing])),
    changed(name) {
      flights.leave(name)
      for (const wakeup of wakeups) wakeup.notify()
    },
  }
}

async function wakeRepeatedly(
  wakeup: Wakeup,
  pause: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (;;) {
      await pause()
      wakeup.notify()
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
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

/** Options of {@link withRetries}. */
interface RetryOptions {
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal | undefined
}

const ATTEMPTS = 3
const BACKOFF: Backoff = { firstMs: 200, longestMs: 400, jitter: 1 }
const TRANSIENT: ReadonlySet<unknown> = new Set(['throttled', 'server-error'])

/**
 * Does `work` up to three times while the service is busy, with waits of random length below 200 and 400 ms. What lasts longer is for the caller to bridge.
 */
async function withRetries<T>(
  { clock, random, signal }: RetryOptions,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      const isTransient = error instanceof SecretError && TRANSIENT.has(error.details['reason'])
      if (!isTransient || attempt === ATTEMPTS) throw error
      await clock.sleep(backoffMs(BACKOFF, attempt - 1, random), signal)
    }
  }
}
