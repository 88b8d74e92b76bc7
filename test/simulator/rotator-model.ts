import type { AuditSink } from '@rekey/audit-log/internal'
import {
  rollBack,
  rotate,
  RotationError,
  type RotationJournal,
  sweepOrphans,
} from '@rekey/rekey/engine'
import type { Rotated, RotationOptions } from '@rekey/rekey/internal/engine'
import type { RotationKind } from '@rekey/secret/kind'
import type { StoreModel } from './store-model.ts'
import { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

/** What an operator or a schedule wants of a rotator. */
export type Order = 'rotate' | 'roll-back' | 'emergency' | 'sweep'

/** How an order ended. */
export type Ending =
  | { readonly as: 'rotated'; readonly rotated: Rotated }
  | { readonly as: 'swept'; readonly removed: readonly string[] }
  | { readonly as: 'rolled back' | 'rolled-back' | 'given up' }

/** What is asked of a rotator. */
export interface Task {
  readonly order: Order
  readonly request?: string | undefined
  /** How often it is tried. */
  readonly attempts: number
  /** When the operator cancels an attempt, and gives up. */
  readonly patienceMs?: number | undefined
}

/** What rotators work on. */
export interface RotatorParts extends WorldParts {
  readonly store: StoreModel
  readonly journalFor: (process: VirtualProcess) => Promise<RotationJournal>
  readonly kindFor: (process: VirtualProcess) => RotationKind | Promise<RotationKind>
  readonly leaseMs: number
  /** Default: nothing is audited. */
  readonly auditFor?: (process: VirtualProcess) => AuditSink
}

const RETRY_MS = 15_000

/** One machine that rotates: carries out orders one after the other, and tries again what stopped or died. */
export class RotatorModel {
  readonly name: string
  #skewMs: number
  readonly #parts: RotatorParts
  #process: VirtualProcess
  #queue: Promise<unknown> = Promise.resolve()

  constructor(name: string, skewMs: number, parts: RotatorParts) {
    this.name = name
    this.#skewMs = skewMs
    this.#parts = parts
    this.#process = this.#newProcess()
  }

  /** The process that is at work, to be killed or paused. */
  get process(): VirtualProcess {
    return this.#process
  }

  /** Sets the wall clock of its machine. */
  setClock(byMs: number): void {
    this.#skewMs += byMs
  }

  /** Carries a task out, after those before it. */
  carryOut(task: Task): Promise<Ending> {
    const work = this.#queue.then(() => this.#carryOut(task))
    this.#queue = work
    return work
  }

  async #carryOut(task: Task): Promise<Ending> {
    const { time, trace } = this.#parts
    const { order, patienceMs } = task
    const cancel = new AbortController()
    const isCancelled = () => cancel.signal.aborted
    if (patienceMs !== undefined) {
      void time.sleep(patienceMs).then(() => {
        cancel.abort(new Error('cancelled'))
      })
    }
    for (let left = task.attempts; left > 0 && !isCancelled(); left -= 1) {
      if (!this.#process.isAlive) this.#process = this.#newProcess()
      trace.add(this.name, `begins to ${order}`)
      const ending = await Promise.race([
        this.#attempt(this.#process, task, cancel.signal),
        this.#process.ended.then(() => 'killed'),
      ])
      trace.add(this.name, typeof ending === 'string' ? `${order}: ${ending}` : ending.as)
      if (typeof ending !== 'string') return ending
      if (left > 1 && !isCancelled()) await time.sleep(RETRY_MS)
    }
    return { as: 'given up' }
  }

  /** The ending, or why it may be tried again. */
  async #attempt(
    process: VirtualProcess,
    { order, request }: Task,
    signal: AbortSignal,
  ): Promise<Ending | string> {
    try {
      const kind = await this.#parts.kindFor(process)
      const options = { ...(await this.#options(process)), signal }
      if (order === 'roll-back') {
        await rollBack(kind, options)
        return { as: 'rolled back' }
      }
      if (order === 'sweep') return { as: 'swept', removed: await sweepOrphans(kind, options) }
      const how = { compromised: order === 'emergency', ...(request !== undefined && { request }) }
      return { as: 'rotated', rotated: await rotate(kind, { ...options, ...how }) }
    } catch (error) {
      if (error instanceof RotationError && error.code === 'rolled-back')
        return { as: 'rolled-back' }
      if (error instanceof RotationError) {
        return `${error.code} ${error.step ?? ''} ${error.reason ?? ''}`
      }
      return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'
    }
  }

  async #options(process: VirtualProcess): Promise<RotationOptions> {
    const { store, journalFor, leaseMs, trace, auditFor } = this.#parts
    return {
      store: store.forRotator(process),
      journal: await journalFor(process),
      holder: this.name,
      leaseMs,
      clock: process.clock,
      ...(auditFor && { audit: auditFor(process) }),
      onEvent: ({ step, phase }) => {
        if (phase !== 'waiting') trace.add(this.name, `${step} ${phase}`)
      },
    }
  }

  #newProcess(): VirtualProcess {
    return new VirtualProcess(this.name, this.#parts.time, () => this.#skewMs)
  }
}
