import { askForNewest, onChange } from './client-parts.ts'
import { SecretError } from './errors.ts'
import type { LiveSecret } from './live-secret.ts'
import { newConsumer } from './secret-usage.ts'
import type { SecretVersion } from './secret-version.ts'
import type { Secret } from './secret.ts'
import { backoffMs } from './time/backoff.ts'
import { type Clock, systemClock } from './time/clock.ts'

/** How a client is opened whose login cannot be changed while it is open. */
export interface ClientOptions<C> {
  /** How usage reports name it: `amqplib`. */
  readonly consumer: string
  /** Logs in. */
  readonly open: (value: Secret) => Promise<C>
  /**
   * Waits for what a client still does, and closes it. A new one is in its place by then.
   *
   * @param closed comes true when all is closed, and nothing is waited for any more
   */
  readonly retire: (client: C, closed: AbortSignal) => Promise<void>
  /** Whether what `open` threw is a definite no to the login. */
  readonly isLoginError: (error: unknown) => boolean
  /** Has `lost` called when a client ends by itself, and `refused` with what it throws where it logs in anew by itself. */
  readonly watch: (client: C, lost: () => void, refused: (error: unknown) => void) => void
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** A client that follows its login. */
export interface FollowedClient<C> extends AsyncDisposable {
  /** The one to use now: read it for each use. Throws a `SecretError` `unreachable` while there is none. */
  readonly current: C
  /** Retires it, and follows no longer. */
  close(): Promise<void>
}

const BACKOFF = { firstMs: 50, longestMs: 5_000 }

/**
 * Opens a client that is opened anew with each new value of its login, before the old one is retired, and when it ends by itself. Reports
 * which versions are in use.
 *
 * @returns the client to use now in `current`, which is read for each use, and throws a `SecretError` `unreachable` while there is none; `close`
 * retires it, and follows no longer
 * @throws what `open` throws, where the store has no value that is accepted
 *
 * @example
 * ```ts
 * const bus = await followClient<Bus>(service.secrets.bus, {
 *   consumer: 'bus',
 *   open: (password) => Bus.connect({ password: password.expose() }),
 *   isLoginError: (error) => error instanceof BusError && error.status === 401,
 *   watch: (client, lost) => client.on('close', lost),
 *   retire: (client) => client.drain(),
 * })
 * await bus.current.publish(order)
 * ```
 */
export async function followClient<C>(
  secret: LiveSecret,
  options: ClientOptions<C>,
): Promise<AsyncDisposable & { readonly current: C; close(): Promise<void> }> {
  const followed = new Followed(secret, options)
  await followed.begin()
  return followed
}

interface Opened<C> {
  readonly client: C
  readonly version: string
  /** Comes true when the client ends by itself. */
  readonly lost: Promise<void>
}

class Followed<C> implements FollowedClient<C> {
  readonly #secret: LiveSecret
  readonly #options: ClientOptions<C>
  readonly #consumer: string
  readonly #closed = new AbortController()
  readonly #retiring = new Set<Opened<C>>()
  #opened: Opened<C> | undefined
  #following: Promise<unknown> | undefined
  /** Wakes the loop that opens clients. */
  #wake: () => void = () => undefined

  constructor(secret: LiveSecret, options: ClientOptions<C>) {
    this.#secret = secret
    this.#options = options
    this.#consumer = newConsumer(secret.usage, options.consumer)
  }

  get current(): C {
    if (this.#opened !== undefined) return this.#opened.client
    const message = `${this.#options.consumer} has no connection: it is being opened anew`
    throw new SecretError('unreachable', message)
  }

  async begin(): Promise<void> {
    const { current } = this.#secret
    try {
      await this.#open(current)
    } catch (error) {
      await this.#refused(error)
      if (this.#secret.current.version === current.version) throw error
      await this.#open(this.#secret.current)
    }
    const wake = () => {
      this.#wake()
    }
    const listening = onChange(this.#secret, wake, this.#closed.signal)
    this.#following = Promise.all([listening, this.#follow()])
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#wake()
    await this.#following
    const last = this.#opened
    this.#opened = undefined
    if (last !== undefined) await this.#retire(last)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Opens what is to be in use, until it is closed. */
  async #follow(): Promise<void> {
    const { clock = systemClock } = this.#options
    const { signal } = this.#closed
    for (let attempt = 0; !signal.aborted;) {
      const woken = new Promise<void>((resolve) => (this.#wake = resolve))
      if (this.#isCurrent) {
        await woken
        attempt = 0
        continue
      }
      try {
        await this.#open(this.#secret.current)
      } catch (error) {
        await this.#refused(error)
        const pauseMs = backoffMs(BACKOFF, attempt)
        attempt += 1
        await clock.sleep(pauseMs, signal).catch(() => undefined)
      }
    }
  }

  /** Whether the client has the login that is in use; of a secret that cannot be read that is not known, and the client goes on. */
  get #isCurrent(): boolean {
    const { problem } = this.#secret
    if (this.#opened === undefined) return false
    return problem !== undefined || this.#opened.version === this.#secret.current.version
  }

  async #open(version: SecretVersion): Promise<void> {
    const { open, watch, isLoginError } = this.#options
    const fail = (error: unknown) => {
      if (isLoginError(error)) this.#secret.usage.fail(version.version)
    }
    const client = await open(version.value).catch((error: unknown) => {
      fail(error)
      throw error
    })
    this.#secret.usage.record(version.version)
    let end: () => void = () => undefined
    const lost = new Promise<void>((resolve) => (end = resolve))
    const opened: Opened<C> = { client, version: version.version, lost }
    const ended = () => {
      end()
      if (this.#opened !== opened) return
      this.#opened = undefined
      this.#report()
      this.#wake()
    }
    watch(client, ended, (error) => {
      fail(error)
      if (this.#opened === opened) void this.#refused(error)
    })
    const before = this.#opened
    this.#opened = opened
    if (before === undefined) this.#report()
    else void this.#retire(before)
  }

  async #retire(old: Opened<C>): Promise<void> {
    this.#retiring.add(old)
    this.#report()
    // One that cannot be closed is of no use any more, nor is one that has ended: what it still did gets no answer.
    const retired = this.#options.retire(old.client, this.#closed.signal)
    await Promise.race([retired, old.lost]).catch(() => undefined)
    this.#retiring.delete(old)
    this.#report()
  }

  /** Has the store asked for another value, where this one was refused. */
  async #refused(error: unknown): Promise<void> {
    if (this.#options.isLoginError(error)) await askForNewest(this.#secret)
  }

  #report(): void {
    const open = this.#opened === undefined ? [] : [this.#opened]
    const versions = [...open, ...this.#retiring].map(({ version }) => version)
    this.#secret.usage.hold(this.#consumer, [...new Set(versions)])
  }
}
