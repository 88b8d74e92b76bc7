import { randomBytes } from 'node:crypto'
import type { SecretError } from '@rekey/secret'
import { backoff, type BackoffMs, pause } from './backoff.ts'
import { describeDatabaseError } from '../spec/database-error.ts'
import type { RotatingPool } from './rotating-pool.ts'
import { type Notification, Subscription } from './subscription.ts'

/** Options of a {@link Listener}. The functions must not throw. */
export interface ListenerOptions {
  /** Names as they are, not folded to lower case; 1 to 63 bytes each. */
  readonly channels: readonly string[]
  /** Called once for each notification, in the order of PostgreSQL. */
  onNotification(notification: Notification): void
  /**
   * The connection was cut and there is a new one: what was sent in between may have been missed. Called when the new one
   * listens and before its notifications, so a reader of the present state at this moment misses nothing.
   */
  onGap?(): void
  /** It could not listen on a new connection. It is tried again. */
  onProblem?(error: SecretError): void
  /** How often a connection that may have gone silently is checked. Default: 30 seconds. */
  readonly checkEveryMs?: number
}

/** Something that listens until it is closed. Close it before its pool. */
export interface Listener extends AsyncDisposable {
  close(): Promise<void>
}

/** Waits before the next try to listen. */
const BACKOFF_MS: BackoffMs = [100, 5000]

/** How long an old connection may take to come to the marker, and a silent one to answer. */
const ANSWER_LIMIT_MS = 5000

/** Keeps one subscription on a connection of the version in use. */
export class PoolListener implements Listener {
  readonly #pool: RotatingPool
  readonly #options: ListenerOptions
  readonly #markers = `rekey_marker_${randomBytes(8).toString('hex')}`
  readonly #stop = new AbortController()
  #active: Subscription | undefined
  #running: Promise<void> = Promise.resolve()
  #wake: () => void = () => undefined

  constructor(pool: RotatingPool, options: ListenerOptions) {
    this.#pool = pool
    this.#options = options
  }

  /** Listens, and from then on follows the pool. */
  async open(): Promise<void> {
    this.#use(await this.#subscribe())
    this.#pool.on('draining', this.#look)
    this.#running = this.#follow()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#pool.off('draining', this.#look)
    this.#look()
    await this.#running
    this.#active?.release()
    this.#active = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  readonly #look = (): void => {
    this.#wake()
  }

  async #follow(): Promise<void> {
    let attempt = 0
    while (!this.#stop.signal.aborted) {
      if (this.#isWell()) {
        attempt = 0
        await this.#nextEvent()
      } else if (!(await this.#tryToMove())) {
        await pause(this.#pool.clock, backoff(BACKOFF_MS, attempt), this.#stop.signal)
        attempt += 1
      }
    }
  }

  async #tryToMove(): Promise<boolean> {
    try {
      await this.#move()
      return true
    } catch (error) {
      if (this.#pool.ending) this.#stop.abort()
      else this.#options.onProblem?.(describeDatabaseError(error))
      return false
    }
  }

  #isWell(): boolean {
    const active = this.#active
    return active?.isDone === false && this.#pool.isCurrent(active.client)
  }

  /** Waits until the pool has changed or the connection is cut; checks the connection if that takes long. */
  async #nextEvent(): Promise<void> {
    const { clock } = this.#pool
    const woken = new AbortController()
    this.#wake = () => {
      woken.abort()
    }
    await pause(clock, this.#options.checkEveryMs ?? 30_000, woken.signal)
    if (woken.signal.aborted) return
    // A limit of its own: a change of the pool meanwhile is no sign that the connection is silent.
    const answered = new AbortController()
    await this.#active?.check(pause(clock, ANSWER_LIMIT_MS, answered.signal))
    answered.abort()
    woken.abort()
  }

  /** Not on an idle connection of an old version: it would have to move again at once. */
  async #subscribe(): Promise<Subscription> {
    let client = await this.#pool.connect()
    while (!this.#pool.isCurrent(client)) {
      client.release(true)
      client = await this.#pool.connect()
    }
    const subscription = new Subscription(client, this.#markers)
    try {
      await subscription.listen(this.#options.channels)
    } catch (error) {
      subscription.release()
      throw error
    }
    return subscription
  }

  async #move(): Promise<void> {
    const old = this.#active
    const next = await this.#subscribe()
    const isSeamless = old !== undefined && !old.isDone && (await this.#handOver(old, next))
    old?.release()
    if (!isSeamless) this.#options.onGap?.()
    this.#use(next)
  }

  /** Whether the old subscription has delivered everything that the next one will not. */
  async #handOver(old: Subscription, next: Subscription): Promise<boolean> {
    const marker = randomBytes(12).toString('hex')
    const ended = old.endAtMarker(marker)
    try {
      await next.beginAtMarker(marker)
    } catch (error) {
      old.goOn()
      next.release()
      throw error
    }
    const over = new AbortController()
    await Promise.race([ended, old.cut, pause(this.#pool.clock, ANSWER_LIMIT_MS, over.signal)])
    over.abort()
    return old.isOver
  }

  #use(next: Subscription): void {
    this.#active = next
    void next.cut.then(this.#look)
    next.deliver((notification) => {
      this.#options.onNotification(notification)
    })
  }
}
