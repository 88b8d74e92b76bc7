import type { Clock } from '@rekey/secret'
import type pg from 'pg'
import { describeDatabaseError } from './database-error.ts'
import {
  bindClient,
  type ClientHooks,
  type GenerationClientConstructor,
} from './generation-client.ts'
import { GenerationLedger, type LedgerTasks } from './generation-ledger.ts'
import { LoginLane } from './login-lane.ts'
import type { RotationEvents } from './pool-events.ts'
import type { PoolInternals } from './pool-internals.ts'
import { Retirement, type RetirementPace } from './retirement.ts'
import { SpareConnection } from './spare-connection.ts'

/** How long a connection that was logged in ahead is waited with for a seat. */
const SEAT_WAIT_MS = 1000

/** How long its login may take, if the pool sets no limit. */
const LOGIN_TIMEOUT_MS = 5000

/** The pool whose connections are told apart. */
export type Seats = PoolInternals & pg.Pool

/** What generations have others do. */
export interface GenerationTasks extends LedgerTasks, Omit<ClientHooks, 'made'> {
  /** All connections of the pool whose socket has not ended. */
  open(): readonly pg.Client[]
  /** A connection could not be logged in ahead. */
  delayed(told: RotationEvents['unreachable']): void
}

/** Knows which version each connection of a pool logged in with, and replaces those of replaced versions in place. */
export class Generations {
  readonly #pool: Seats
  readonly #clock: Clock
  readonly #tasks: GenerationTasks
  readonly #ledger: GenerationLedger
  readonly #retirement: Retirement
  readonly #Client: GenerationClientConstructor
  readonly #lane = new LoginLane()
  readonly #spare = new SpareConnection(() => {
    this.report()
  })

  /** From here on, whatever connection the pool makes is of the active version. */
  constructor(pool: Seats, pace: RetirementPace, clock: Clock, tasks: GenerationTasks) {
    this.#pool = pool
    this.#clock = clock
    this.#tasks = tasks
    this.#ledger = new GenerationLedger(tasks)
    this.#retirement = new Retirement(pool, pace, clock, {
      isCurrent: (client) => this.isCurrent(client),
      replaceOne: (makeRoom, signal) => this.#replaceOne(makeRoom, signal),
    })
    this.#Client = bindClient(pool.Client, {
      ...tasks,
      made: (client, { version }) => {
        this.#ledger.stamp(client, version)
      },
    })
    pool.Client = new Proxy(this.#Client, {
      construct: (Client, [config]) => this.#spare.take() ?? new Client(config as pg.ClientConfig),
    })
  }

  isCurrent(client: pg.ClientBase): boolean {
    return this.#ledger.isOf(client, this.#tasks.active().version)
  }

  /** Runs a proof when no other connection is open beyond those of the pool. */
  prove<T>(proof: () => Promise<T>): Promise<T> {
    return this.#lane.run(async () => {
      await this.#spare.discard()
      return proof()
    })
  }

  /** Another version has become the active one. */
  retire(before: string): void {
    void this.#spare.discard()
    this.#ledger.drain(before)
    this.#retirement.begin((client) => !this.#ledger.isOf(client, before))
    this.report()
  }

  released(client: pg.Client): void {
    this.#retirement.released(client)
  }

  /** Counts the connections anew and tells what is left of replaced versions. */
  report(): void {
    const open = [...this.#tasks.open(), ...this.#spare.open]
    this.#ledger.update(open, this.#pool.ended ? undefined : this.#tasks.active().version)
  }

  /** Gives the spare connection to whoever waits, or to the pool as an idle one, if there is room. */
  seatSpare(): void {
    if (!this.#canSeat()) return
    this.#pool._pulseQueue()
    if (!this.#canSeat()) return
    this.#pool.newClient({
      callback: (_error, _client, release) => {
        release()
      },
    })
  }

  #canSeat(): boolean {
    return this.#spare.isReady && !this.#pool.ending && !this.#pool._isFull()
  }

  async stop(): Promise<void> {
    this.#retirement.stop()
    await this.prove(() => Promise.resolve())
  }

  async #replaceOne(makeRoom: () => void, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#lane.run(() => this.#warmUp(signal))
    } catch (error) {
      const { version } = this.#tasks.active()
      if (!signal.aborted) this.#tasks.delayed({ version, error: describeDatabaseError(error) })
      return false
    }
    if (signal.aborted) return false
    makeRoom()
    this.seatSpare()
    await this.#spare.untilGone(this.#clock, SEAT_WAIT_MS, signal)
    return !this.#spare.isReady
  }

  async #warmUp(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { options } = this.#pool
    const limits = options.connectionTimeoutMillis
      ? {}
      : { connectionTimeoutMillis: LOGIN_TIMEOUT_MS }
    await this.#spare.warmUp(new this.#Client({ ...options, ...limits }), signal)
  }
}
