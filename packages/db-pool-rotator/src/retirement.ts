import type { Clock } from '@rekey/secret'
import type pg from 'pg'
import { pause } from './backoff.ts'
import type { PoolInternals } from './pool-internals.ts'

/** How fast the connections of a replaced version go. */
export interface RetirementPace {
  /** How many are replaced by one that has logged in before they are closed. */
  readonly prewarm: number
  /** How many of the others may go at once. */
  readonly slice: number
  /** After how long as many again may go. */
  readonly everyMs: number
}

/** What a retirement has others do. */
export interface RetirementTasks {
  /** Whether a connection logged in with the version in use. */
  isCurrent(client: pg.Client): boolean
  /** Logs one connection in ahead and waits until the pool has seated it; false if either failed. */
  replaceOne(makeRoom: () => void, signal: AbortSignal): Promise<boolean>
}

/**
 * Closes the connections of replaced versions: idle ones at once, those in use when they come back, and never more than the
 * pace allows, so that their successors do not all log in together.
 */
export class Retirement {
  readonly #pool: PoolInternals
  readonly #pace: RetirementPace
  readonly #tasks: RetirementTasks
  readonly #clock: Clock
  #kept = 0
  #stop = new AbortController()

  constructor(pool: PoolInternals, pace: RetirementPace, clock: Clock, tasks: RetirementTasks) {
    this.#pool = pool
    this.#pace = pace
    this.#clock = clock
    this.#tasks = tasks
  }

  /**
   * Begins with the connections of the version before the one in use. `isOlder` tells those that an earlier retirement has left;
   * they go without a pace. If there is none, everything is done when this returns.
   */
  begin(isOlder: (client: pg.Client) => boolean): void {
    this.stop()
    this.#stop = new AbortController()
    for (const client of this.#pool._clients) {
      if (isOlder(client) && !this.#tasks.isCurrent(client)) this.#pool._expired.add(client)
    }
    this.#kept = this.#serving().length
    void this.#run(this.#stop.signal)
  }

  /** To be called just before the pool looks whether a released connection has expired. */
  released(client: pg.Client): void {
    if (this.#tasks.isCurrent(client)) return
    if (this.#serving().length > this.#kept) this.#pool._expired.add(client)
  }

  stop(): void {
    this.#stop.abort()
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { prewarm, slice, everyMs } = this.#pace
    const makeRoom = () => {
      this.#keep(this.#kept - 1)
    }
    const { _clients } = this.#pool
    const replaced = _clients.filter((client) => !this.#tasks.isCurrent(client)).length
    this.#keep(this.#kept)
    for (let ahead = 0; ahead < Math.min(prewarm, replaced); ahead += 1) {
      if (!(await this.#tasks.replaceOne(makeRoom, signal))) break
    }
    while (!signal.aborted) {
      this.#keep(this.#kept - slice)
      if (this.#kept === 0) return
      await pause(this.#clock, everyMs, signal)
    }
  }

  /** Those of replaced versions that are not to be closed yet. */
  #serving(): pg.Client[] {
    const { _clients, _expired } = this.#pool
    return _clients.filter((client) => !this.#tasks.isCurrent(client) && !_expired.has(client))
  }

  /** Lets at most `kept` of them serve on. */
  #keep(kept: number): void {
    this.#kept = Math.max(0, kept)
    const { _expired, _idle } = this.#pool
    const serving = this.#serving()
    const idle = new Set(_idle.map(({ client }) => client))
    // The idle ones first; of those in use it is not known which one comes back first, so none is chosen before.
    const surplus = serving
      .filter((client) => idle.has(client))
      .slice(0, serving.length - this.#kept)
    for (const client of this.#kept === 0 ? serving : surplus) _expired.add(client)
    for (const client of idle) if (_expired.has(client)) this.#pool._remove(client)
  }
}
