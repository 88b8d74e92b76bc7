import { type Deadline, type RunningDeadline, startDeadline } from '@rekey/secret/internal'
import { SecretError, type SecretSource, type StagedSecret } from '@rekey/secret'

/** The answer of a source for one secret. */
export interface Answer {
  /** In the order in which the reads began, so that an answer that comes late is known for an old one. */
  readonly order: number
  readonly result: StagedSecret | SecretError
}

type Answers = ReadonlyMap<string, Answer>

/** Reads a source. No answer is shared with a read that began earlier, which may have seen the source before a change. */
export class SourceReader {
  readonly #source: SecretSource
  readonly #names: readonly string[]
  readonly #limit: Limit
  #readingAll: Promise<Answers> | undefined
  #order = 0

  /** @param names - all secrets that are ever read */
  constructor(source: SecretSource, names: readonly string[], limit: Limit) {
    this.#source = source
    this.#names = names
    this.#limit = limit
  }

  /** Whether the source can answer for all secrets at one instant. Then it is always asked for all. */
  get readsAll(): boolean {
    return this.#source.readAll !== undefined
  }

  /** The place of an answer that has just come by itself. */
  nextOrder(): number {
    this.#order += 1
    return this.#order
  }

  /** Hands over each answer as it comes. Never rejects by itself, but for the abort of the limit's signal. */
  async read(
    names: readonly string[],
    take: (name: string, answer: Answer) => Promise<void>,
  ): Promise<void> {
    const limit = this.#startLimit()
    try {
      await Promise.all(
        names.map(async (name) => {
          await take(name, await this.#read(name, limit))
        }),
      )
    } finally {
      limit.end()
    }
  }

  /** All secrets at one instant, once at a time and begun after this call. Never rejects, but for the abort of the limit's signal. */
  async readAll(): Promise<Answers> {
    await this.#readingAll
    this.#readingAll ??= this.#readAll().finally(() => {
      this.#readingAll = undefined
    })
    return this.#readingAll
  }

  #startLimit(): RunningDeadline {
    return startDeadline({ ...this.#limit, what: `an answer of ${this.#source.locator}` })
  }

  async #read(name: string, limit: RunningDeadline): Promise<Answer> {
    const order = this.nextOrder()
    return { order, result: await this.#ask(limit, (signal) => this.#source.read(name, signal)) }
  }

  async #readAll(): Promise<Answers> {
    const order = this.nextOrder()
    const limit = this.#startLimit()
    try {
      const ask = async (signal: AbortSignal) => this.#source.readAll?.(this.#names, signal)
      const result = await this.#ask(limit, ask)
      return new Map(this.#names.map((name) => [name, { order, result: answerFor(name, result) }]))
    } finally {
      limit.end()
    }
  }

  async #ask<T>(
    limit: RunningDeadline,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | SecretError> {
    try {
      return await limit.race(work(limit.signal))
    } catch (error) {
      this.#limit.signal.throwIfAborted()
      return asSecretError(error)
    }
  }
}

function answerFor(
  name: string,
  result: ReadonlyMap<string, StagedSecret | SecretError> | SecretError | undefined,
): StagedSecret | SecretError {
  if (result instanceof SecretError) return result
  return result?.get(name) ?? new SecretError('unreachable', 'the source left it out of its answer')
}

/** How long one read, or one probe, may take, and what ends it early. */
export type Limit = Required<Pick<Deadline, 'clock' | 'limitMs'>> & { readonly signal: AbortSignal }

/** Converts what a source or a probe threw. Anything but a `SecretError` may carry values, so nothing of it is kept. */
export function asSecretError(error: unknown): SecretError {
  if (error instanceof SecretError) return error
  return new SecretError('unreachable', 'the source failed in an unknown way; see its own log')
}
