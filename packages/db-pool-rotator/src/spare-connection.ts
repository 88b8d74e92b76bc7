import type { Clock } from '@rekey/secret'
import { pause } from './backoff.ts'
import { endClient } from './end-client.ts'
import type { GenerationClient } from './generation-client.ts'

/**
 * The one connection that a pool may have logged in ahead of need. It waits beside the pool until a seat is free; whoever makes
 * a connection for the pool is given this one instead.
 */
export class SpareConnection {
  readonly #onClosed: () => void
  readonly #open = new Set<GenerationClient>()
  #ready: GenerationClient | undefined
  #left: () => void = () => undefined

  /** `onClosed` is told when a spare connection that nobody took has ended. */
  constructor(onClosed: () => void) {
    this.#onClosed = onClosed
  }

  /** Those whose socket has not ended, and that are not the pool's. */
  get open(): readonly GenerationClient[] {
    return [...this.#open]
  }

  get isReady(): boolean {
    return this.#ready !== undefined
  }

  /**
   * Logs `client` in and keeps it ready, or closes it if the signal is aborted meanwhile.
   *
   * @throws what logging in throws
   */
  async warmUp(client: GenerationClient, signal: AbortSignal): Promise<void> {
    this.#open.add(client)
    client.once('end', () => {
      this.#forget(client)
    })
    try {
      await client.warmUp()
    } catch (error) {
      this.#forget(client)
      throw error
    }
    if (!this.#open.has(client)) return
    this.#ready = client
    if (signal.aborted) await this.discard()
  }

  /** Hands it over; from then on the taker counts it. */
  take(): GenerationClient | undefined {
    const client = this.#ready
    if (client === undefined) return undefined
    this.#ready = undefined
    this.#open.delete(client)
    this.#left()
    return client
  }

  /** Closes it and waits until its socket has ended. */
  async discard(): Promise<void> {
    const client = this.#ready
    if (client === undefined) return
    this.#ready = undefined
    this.#left()
    await endClient(client)
  }

  /** Resolves when none is ready any more, or after `limitMs`. */
  async untilGone(clock: Clock, limitMs: number, signal: AbortSignal): Promise<void> {
    if (!this.isReady) return
    const gone = new Promise<void>((resolve) => {
      this.#left = resolve
    })
    const over = new AbortController()
    await Promise.race([gone, pause(clock, limitMs, AbortSignal.any([signal, over.signal]))])
    over.abort()
  }

  #forget(client: GenerationClient): void {
    if (this.#ready === client) this.#ready = undefined
    if (!this.#open.delete(client)) return
    this.#left()
    this.#onClosed()
  }
}
