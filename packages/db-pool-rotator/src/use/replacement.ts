import type { Clock } from '@rekey/secret'
import type pg from 'pg'
import { pause } from './backoff.ts'
import { describeDatabaseError } from '../spec/database-error.ts'
import type { GenerationClient } from './generation-client.ts'
import { loginFailure, type Report } from './pool-events.ts'
import type { PoolInternals } from './pool-internals.ts'
import type { SpareConnection } from './spare-connection.ts'

/** How long a connection that was logged in ahead waits for room in the pool. */
const SEAT_WAIT_MS = 1000

/**
 * How long the connections of a replaced version may serve on where no pace is given. Their successors log in spread over this
 * time, because each login costs the server a process. No longer: a lent login may end, with its sessions, seconds after its
 * successor came.
 */
const ONE_BY_ONE_MS = 1000

/**
 * How fast the connections of a replaced version go. By default the idle ones go at once, and those in use one by one, evenly
 * over a second; `prewarm` is absent then.
 */
export interface ReplacementPace {
  /** How many are replaced by one that has logged in before they are closed. */
  readonly prewarm: number | undefined
  /** How many of the others may go at once. */
  readonly slice: number
  /** After how long as many again may go. */
  readonly everyMs: number
}

/** The pool whose connections are replaced. */
export interface Seats extends PoolInternals {
  readonly ending: boolean
  readonly ended: boolean
  /** All connections of the pool whose socket has not ended. */
  readonly _open: readonly pg.Client[]
  /** The version that new connections log in with. */
  readonly _version: string
  /** Logs the spare connection in with that version. */
  _prepareSpare(signal: AbortSignal): Promise<void>
}

/**
 * Replaces the connections of a version that is not in use any more. Each is, at any time, in one of these states:
 *
 * - serving: it may go on until its turn comes
 * - expired: it is closed when it comes back, at once if it is idle
 * - closing: it counts until its socket has ended
 *
 * and its successor is spare until there is room for it. The pace decides how many serve on.
 */
export class Replacement {
  readonly #pool: Seats
  readonly #spare: SpareConnection
  readonly #pace: ReplacementPace
  readonly #clock: Clock
  readonly #report: Report
  readonly #draining = new Map<string, { left: number; readonly endMs: number }>()
  /** How many may serve on. */
  #serving = 0
  /** Whether more serve on than may, so that those which come back are closed. */
  #isSurplus = false
  #stop = new AbortController()

  constructor(
    pool: Seats,
    spare: SpareConnection,
    { pace, clock, report }: { pace: ReplacementPace; clock: Clock; report: Report },
  ) {
    this.#pool = pool
    this.#spare = spare
    this.#pace = pace
    this.#clock = clock
    this.#report = report
  }

  isCurrent(client: pg.ClientBase): boolean {
    return generationOf(client) === this.#pool._version
  }

  /**
   * Begins with the connections of the version `before`. What an earlier replacement has left of older ones goes at once if there
   * is a pace, and is replaced like the others, each version within its own time, if there is none: closing all of them would
   * have as many log in together.
   */
  begin(before: string): void {
    this.stop()
    this.#stop = new AbortController()
    const { prewarm } = this.#pace
    const limitMs = prewarm === undefined ? ONE_BY_ONE_MS : Infinity
    this.#draining.set(before, { left: -1, endMs: this.#clock.elapsed() + limitMs })
    if (prewarm === undefined) void this.#replaceEvenly(this.#stop.signal)
    else {
      this.#expire(this.#listServing().filter((client) => generationOf(client) !== before))
      void this.#replaceByPace(prewarm, this.#stop.signal)
    }
    this.count()
  }

  stop(): void {
    this.#stop.abort()
  }

  /** Call it just before the pool looks whether a connection that comes back has expired. */
  release(client: pg.Client): void {
    if (this.isCurrent(client)) return
    const { endMs = Infinity } = this.#draining.get(generationOf(client)) ?? {}
    if (this.#clock.elapsed() >= endMs) this.#pool._expired.add(client)
    else if (this.#isSurplus) {
      const surplus = this.#listServing().length - this.#serving
      if (surplus > 0) this.#pool._expired.add(client)
      this.#isSurplus = surplus > 1
    }
  }

  /** Counts the open connections, and reports what the pool holds and what is left of replaced versions. */
  count(): void {
    const active = this.#pool.ended ? undefined : this.#pool._version
    const counts = new Map<string, number>(active === undefined ? [] : [[active, 0]])
    for (const client of [...this.#pool._open, ...this.#spare.open]) {
      const version = generationOf(client)
      counts.set(version, (counts.get(version) ?? 0) + 1)
    }
    this.#report({ type: 'holding', versions: [...counts.keys()] })
    for (const [version, drain] of this.#draining) {
      const left = counts.get(version) ?? 0
      if (version === active || left === 0) this.#draining.delete(version)
      if (version === active || left === drain.left) continue
      drain.left = left
      this.#report(left === 0 ? { type: 'drained', version } : { type: 'draining', version, left })
    }
  }

  /** Gives the spare connection to the first that waits, or to the pool as an idle one, if there is room. */
  seatSpare(): void {
    if (this.#canSeat()) this.#pool._pulseQueue()
    if (!this.#canSeat()) return
    this.#pool.newClient({
      callback: (_error, _client, release) => {
        release()
      },
    })
  }

  #canSeat(): boolean {
    return this.#isReady && !this.#pool.ending && !this.#pool._isFull()
  }

  get #isReady(): boolean {
    return this.#spare.isReadyFor(this.#pool._version)
  }

  async #replaceEvenly(signal: AbortSignal): Promise<void> {
    this.#keep(this.#listServing().length - this.#listIdle().length)
    const inUse = this.#serving
    if (inUse === 0) this.#spare.discard()
    const startMs = this.#clock.elapsed()
    for (let done = 1; done <= inUse; done += 1) {
      const loginMs = this.#clock.elapsed()
      if (!(await this.#replaceOne(signal))) break
      const nowMs = this.#clock.elapsed()
      // As long again as the login took, so that logins take at most half of the time, however slow they are.
      const dueMs = Math.max(startMs + (ONE_BY_ONE_MS / inUse) * done, nowMs + (nowMs - loginMs))
      const pauseMs = Math.min(dueMs, startMs + ONE_BY_ONE_MS) - nowMs
      if (pauseMs <= 0) break
      if (done < inUse) await pause(this.#clock, pauseMs, signal)
    }
    if (!signal.aborted) this.#keep(0)
  }

  async #replaceByPace(prewarm: number, signal: AbortSignal): Promise<void> {
    const { slice, everyMs } = this.#pace
    const replaced = this.#pool._clients.filter((client) => !this.isCurrent(client)).length
    const ahead = Math.min(prewarm, replaced)
    this.#keep(this.#listServing().length)
    if (ahead === 0) this.#spare.discard()
    for (let done = 0; done < ahead; done += 1) if (!(await this.#replaceOne(signal))) break
    while (!signal.aborted) {
      this.#keep(this.#serving - slice)
      if (this.#serving === 0) return
      await pause(this.#clock, everyMs, signal)
    }
  }

  /** Lets one go once its successor has logged in; false if that failed, or if none made room. */
  async #replaceOne(signal: AbortSignal): Promise<boolean> {
    try {
      // The first is there already: the one that has proved the version.
      if (!this.#isReady) await this.#pool._prepareSpare(signal)
    } catch (error) {
      const problem = describeDatabaseError(error)
      if (!signal.aborted) this.#report(loginFailure(this.#pool._version, problem))
      return false
    }
    if (signal.aborted) return false
    this.#keep(Math.min(this.#serving, this.#listServing().length) - 1)
    this.seatSpare()
    await this.#spare.untilGone(this.#clock, SEAT_WAIT_MS, signal)
    return !this.#isReady
  }

  #listServing(): pg.Client[] {
    const { _clients, _expired } = this.#pool
    return _clients.filter((client) => !this.isCurrent(client) && !_expired.has(client))
  }

  #listIdle(): pg.Client[] {
    const idle = new Set(this.#pool._idle.map(({ client }) => client))
    return this.#listServing().filter((client) => idle.has(client))
  }

  /** Lets at most `count` serve on. The idle ones go first; of those in use, the ones that come back first. */
  #keep(count: number): void {
    this.#serving = Math.max(0, count)
    const serving = this.#listServing()
    const surplus = serving.length - this.#serving
    const gone = this.#serving === 0 ? serving : this.#listIdle().slice(0, Math.max(0, surplus))
    this.#isSurplus = surplus > gone.length
    this.#expire(gone)
  }

  /** Closes those that are idle, and the others when they come back. */
  #expire(clients: readonly pg.Client[]): void {
    const { _expired, _idle } = this.#pool
    for (const client of clients) _expired.add(client)
    for (const { client } of [..._idle]) if (_expired.has(client)) this.#pool._remove(client)
  }
}

function generationOf(client: pg.ClientBase): string {
  return (client as unknown as GenerationClient).generation
}
