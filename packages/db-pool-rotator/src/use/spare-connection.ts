import type { Clock } from '@rekey/secret'
import { pause } from './backoff.ts'
import { endClient } from '../connection/end-client.ts'
import type { GenerationClient } from './generation-client.ts'

/**
 * The one connection that a pool may have beyond its own: it proves a login, or is logged in ahead of need. It stays beside the
 * pool until there is room, and is the next one that the pool takes.
 */
export class SpareConnection {
  readonly #onClosed: () => void
  readonly #open = new Set<GenerationClient>()
  #ready: GenerationClient | undefined
  #last: Promise<unknown> = Promise.resolve()
  #closed: Promise<void> = Promise.resolve()
  #left: () => void = () => undefined

  /** `onClosed` is called when a spare connection that the pool did not take has ended. */
  constructor(onClosed: () => void) {
    this.#onClosed = onClosed
  }

  /** Those whose socket has not ended, and that are not the pool's. */
  get open(): readonly GenerationClient[] {
    return [...this.#open]
  }

  /** Resolves when the socket of the last one that was discarded has ended. */
  get closed(): Promise<void> {
    return this.#closed
  }

  /** Whether one has logged in with `version`. */
  isReadyFor(version: string): boolean {
    return this.#ready?.generation === version
  }

  /**
   * Logs in the connection that `create` gives and keeps it ready. Calls follow one another, and each closes what the one before
   * has left, so there is never more than one.
   *
   * @throws what logging in throws; the reason of the signal, which cuts the connection
   */
  prepare(create: () => GenerationClient, signal: AbortSignal): Promise<void> {
    const prepared = this.#last.then(async () => {
      this.discard()
      await this.#closed
      signal.throwIfAborted()
      await this.#logIn(create(), signal)
    })
    this.#last = prepared.catch(() => undefined)
    return prepared
  }

  async #logIn(client: GenerationClient, signal: AbortSignal): Promise<void> {
    const cut = () => client.connection.stream.destroy()
    signal.addEventListener('abort', cut)
    this.#open.add(client)
    client.once('end', () => {
      this.#forget(client)
    })
    try {
      await client.logInAhead()
    } catch (error) {
      this.#forget(client)
      signal.throwIfAborted()
      throw error
    } finally {
      signal.removeEventListener('abort', cut)
    }
    if (this.#open.has(client)) this.#ready = client
  }

  /** Hands over the one that has logged in with `version`; from then on the taker counts it. */
  take(version: string): GenerationClient | undefined {
    const client = this.#ready
    if (client?.generation !== version) return undefined
    this.#open.delete(client)
    this.#leave()
    return client
  }

  /** Closes the one that is ready, if any. */
  discard(): void {
    const client = this.#ready
    if (client === undefined) return
    this.#leave()
    this.#closed = endClient(client)
  }

  /** Closes whatever there is, also what is still logging in; abort its signal first. */
  async close(): Promise<void> {
    await this.#last
    this.discard()
    await this.#closed
  }

  /** Resolves when none is ready any more, or after `limitMs`. */
  async untilGone(clock: Clock, limitMs: number, signal: AbortSignal): Promise<void> {
    if (this.#ready === undefined) return
    const gone = new Promise<void>((resolve) => {
      this.#left = resolve
    })
    const over = new AbortController()
    await Promise.race([gone, pause(clock, limitMs, AbortSignal.any([signal, over.signal]))])
    over.abort()
  }

  #leave(): void {
    this.#ready = undefined
    this.#left()
  }

  #forget(client: GenerationClient): void {
    if (this.#ready === client) this.#leave()
    if (this.#open.delete(client)) this.#onClosed()
  }
}
