import { type Clock, SecretError } from '@rekey/secret'
import type { StoredStages, StoredVersion } from '../stored-stages.ts'
import type { AwsApi } from './aws-api.ts'
import { labelHolders, type LabelHolders, stagesOf } from './aws-labels.ts'
import { withRetries } from './with-retries.ts'

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
export interface AwsReaderOptions {
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
    const holders = labelHolders(found)
    const values = await this.#valuesOf(secretId, holders, signal)
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
