import type { RotationIntent } from '@rekey/rekey/internal/engine'
import type { Clock } from '@rekey/secret'
import type { Look } from './look.ts'
import type { Order } from './scenario.ts'

/** The shared thing that a call reads or writes. Calls on different ones commute. */
type CallObject = 'store' | 'journal' | 'journal store' | 'alpha' | 'beta' | 'far side'

/** A call that an actor has made and that has not taken place. */
export interface Call {
  readonly actor: Actor
  readonly object: CallObject
  readonly label: string
  readonly isWrite: boolean
  /** Whether it was sent before its actor was stopped. Default: no. */
  readonly isLate?: boolean
  /** Whether it was sent before an emergency began. Default: no. */
  readonly isBeforeLeak?: boolean
  /** Whether it cannot take place for now. Default: no. */
  readonly waits?: () => boolean
  /** The revision that a write to the store expects. */
  readonly expected?: string | undefined
  /** The reply to a read of a store that is late by one write, if there was one. */
  readonly before?: () => Reply | undefined
  /** Does it, and returns the reply in words. */
  readonly effect: () => Promise<Reply>
  readonly settle: (reply: Reply) => void
}

/** The reply to a call: a value or an error, and how it is named in a state. */
export interface Reply {
  /** Parts that may come in any order are separated by `; `. */
  readonly text: string
  readonly value?: unknown
  readonly error?: Error
}

/** What the engine hands on between steps: the store's answers and the intent. */
interface Known {
  readonly attempt: number
  readonly steps: string[]
  readonly stores: string[]
  intent: RotationIntent | undefined
}

interface Sleep {
  readonly at: number
  readonly wake: () => void
  readonly fail: (reason: unknown) => void
}

/** The time of a world: it stands still until the world moves it. */
export interface WorldTime {
  elapsedMs: number
  readonly startMs: number
}

/** The label of the call that begins an attempt. */
export const CLAIMING = 'claims the secret'

/** The reason why a rotator that is stopped ends what it does. */
export const STOPPED = new Error('the key has leaked')

/** The end of a run: everything that is still under way stops. */
export const HALTED = new Error('the run is over')

/**
 * One process of a world. It learns of the outside by calls and by sleeping alone, so that what it has learned since its start names
 * its state.
 */
export class Actor {
  readonly name: string
  readonly clock: Clock
  /** What it is doing, in one word. Only a `running` one moves time or is moved by it. */
  state: 'running' | 'paused' | 'dead' | 'ended' = 'running'
  /** What it does in this attempt. */
  order: Order = 'rotate'
  /** The epoch of its last claim. */
  epoch = 0
  /** The versions that it has read last. */
  read: readonly string[] = []
  /** What it saw in `confirm`, by service. */
  readonly looks = new Map<string, Look>()
  /** The other rotators that had a live claim at one of its calls of the journal. */
  readonly met = new Set<string>()
  /** Calls that have not taken place. */
  calls: Call[] = []
  /** Replies that it has not read, since it stands still. */
  unread: (() => void)[] = []
  /** Whether it was stopped, to rotate as one whose key has leaked. */
  isStopped = false
  /** Whether it has begun before its time. */
  isEarly = false
  /** What it takes from one step to the next. */
  known: Known = { attempt: 0, steps: [], stores: [], intent: undefined }
  /** What it has learned since its step began, and when. */
  memory: { readonly atMs: number; readonly text: string }[] = []
  readonly #time: WorldTime
  readonly #stop = new AbortController()
  #sleeps: Sleep[] = []
  #isHalted = false

  constructor(name: string, time: WorldTime) {
    this.name = name
    this.#time = time
    this.clock = {
      now: () => time.startMs + time.elapsedMs,
      elapsed: () => time.elapsedMs,
      sleep: (delayMs, signal) => this.#sleep(delayMs, signal),
    }
  }

  /** Makes a call, which takes place when the world chooses so. */
  ask<T>(call: Omit<Call, 'actor' | 'isLate' | 'settle'>): Promise<T> {
    if (this.#isHalted) return Promise.reject(HALTED)
    return new Promise<T>((resolve, reject) => {
      const settle = ({ text, value, error }: Reply) => {
        this.memory.push({ atMs: this.#time.elapsedMs, text: `${call.label}; ${text}` })
        if (error === undefined) resolve(value as T)
        else reject(error)
      }
      this.calls.push({ ...call, actor: this, settle })
    })
  }

  /** When it wakes next; infinite if it sleeps not at all, or stands still. */
  get wakesAt(): number {
    if (this.state !== 'running') return Infinity
    return Math.min(...this.#sleeps.map(({ at }) => at))
  }

  /** Begins an attempt, or a step of one: what it learned since the last is in what it knows. */
  begin(step?: string): void {
    const { attempt } = this.known
    if (step === undefined) {
      this.known = { attempt: attempt + 1, steps: [], stores: [], intent: undefined }
      this.looks.clear()
      this.met.clear()
    } else this.known.steps.push(step)
    this.memory = []
  }

  /** How long each of its sleeps lasts yet. */
  get sleepsMs(): number[] {
    return this.#sleeps.map(({ at }) => at - this.#time.elapsedMs).toSorted((a, b) => a - b)
  }

  /** Whether it waits for the time at which it is to begin. */
  get isWaiting(): boolean {
    return this.state === 'running' && this.known.attempt === 0 && this.#sleeps.length > 0
  }

  /** Begins before its time. */
  beginNow(): void {
    this.isEarly = true
    for (const { wake } of this.#sleeps.splice(0)) wake()
  }

  /** Wakes what has slept long enough. */
  wake(): void {
    if (this.state !== 'running') return
    const due = this.#sleeps.filter(({ at }) => at <= this.#time.elapsedMs)
    this.#sleeps = this.#sleeps.filter((sleep) => !due.includes(sleep))
    for (const { wake } of due) wake()
  }

  /** Aborts when it is stopped. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Stops what it does. A write that it has sent may still take place. */
  stop(): void {
    this.isStopped = true
    this.calls = this.calls
      .filter(({ isWrite }) => isWrite)
      .map((call) => ({ ...call, isLate: true }))
    this.#stop.abort(STOPPED)
  }

  /** Goes on after it stood still. */
  resume(): void {
    this.state = 'running'
    for (const read of this.unread.splice(0)) read()
    this.wake()
  }

  /** Lets everything that waits fail, so that nothing outlives the run. */
  halt(): void {
    this.#isHalted = true
    for (const { settle } of this.calls.splice(0)) settle({ text: '', error: HALTED })
    for (const { fail } of this.#sleeps.splice(0)) fail(HALTED)
  }

  #sleep(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#isHalted) return Promise.reject(HALTED)
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error)
        return
      }
      const abort = () => {
        this.#sleeps = this.#sleeps.filter((each) => each !== sleep)
        reject(signal?.reason as Error)
      }
      const wake = () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const sleep: Sleep = { at: this.#time.elapsedMs + delayMs, wake, fail: reject }
      this.#sleeps.push(sleep)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }
}
