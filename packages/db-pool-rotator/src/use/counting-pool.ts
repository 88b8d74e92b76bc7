import pg from 'pg'
import { hangUpLater } from '../connection/end-client.ts'
import {
  type ClientConstructor,
  type PoolInternals,
  requirePoolInternals,
} from './pool-internals.ts'

const inherited = pg.Pool.prototype as unknown as PoolInternals

/**
 * A `pg.Pool` in which a connection counts until its socket has ended. `pg.Pool` forgets it as soon as it asks it to close,
 * so the server may see more than `max`, and `end()` resolves while connections are still open.
 */
export class CountingPool extends pg.Pool implements PoolInternals {
  declare Client: ClientConstructor
  declare readonly _clients: PoolInternals['_clients']
  declare readonly _idle: PoolInternals['_idle']
  declare readonly _expired: PoolInternals['_expired']
  declare readonly _pendingQueue: PoolInternals['_pendingQueue']
  declare newClient: PoolInternals['newClient']
  declare _pulseQueue: PoolInternals['_pulseQueue']
  readonly #closing = new Set<pg.Client>()

  /** @throws {SecretError} `refused` if the installed `pg-pool` lacks a part that is needed */
  constructor(config: pg.PoolConfig) {
    super(config)
    requirePoolInternals(this, inherited)
  }

  /** All connections whose socket has not ended. */
  get _open(): readonly pg.Client[] {
    return [...this._clients, ...this.#closing]
  }

  /** Called when a socket has ended. */
  protected onClosed(): void {
    this._pulseQueue()
  }

  _isFull(): boolean {
    return this._clients.length + this.#closing.size >= this.options.max
  }

  _release(client: pg.Client, idleListener: () => void, error?: Error | boolean): void {
    inherited._release.call(this, client, idleListener, error)
  }

  _remove(client: pg.Client, callback?: () => void): void {
    this.#closing.add(client)
    const isClosed = hangUpLater(client)
    inherited._remove.call(this, client, () => {
      isClosed()
      this.#closing.delete(client)
      callback?.()
      this.onClosed()
    })
  }

  override end(): Promise<void>
  override end(callback: () => void): void
  override end(callback?: () => void): Promise<void> | undefined {
    const ended = this.close()
    if (callback === undefined) return ended
    ended.then(callback, callback)
    return undefined
  }

  /** Ends the pool, and resolves when all sockets have ended. */
  protected async close(): Promise<void> {
    await super.end()
    while (this.#closing.size > 0) {
      await new Promise((resolve) => this.once('remove', resolve))
    }
  }
}
