import type { Clock } from '@rekey/secret'
import type { FakeClock } from '@rekey/secret/internal'

/** What happens to a process at one of its next calls to the outside. */
export interface Stumble {
  readonly call: number
  /**
   * It dies before anything of the call is done; it dies when all of it is done and no reply has come; or it stands still from
   * the moment at which it has asked.
   */
  readonly how: 'dies before' | 'dies after' | 'stands still'
  /** How long it stands still. */
  readonly forMs: number
}

/** A new one for each wait: what waits for one that all share would be kept in memory for ever. */
const never = () => new Promise<never>(() => undefined)

/**
 * A process in virtual time. All it learns of the outside comes through {@link VirtualProcess.outside}; once it was killed nothing
 * comes any more, so its code stands still for ever at the `await` where it was. What it had sent before still arrives.
 */
export class VirtualProcess {
  readonly name: string
  /** Its own idea of the time. */
  readonly clock: Clock
  /** Resolves when it was killed. */
  readonly ended: Promise<void>
  readonly #time: FakeClock
  readonly #cuts = new Set<() => void>()
  #end: () => void = () => undefined
  #isAlive = true
  #pausedUntil = 0
  #calls = 0
  #stumble: Stumble | undefined

  constructor(name: string, time: FakeClock, skewMs: () => number = () => 0) {
    this.name = name
    this.#time = time
    this.ended = new Promise((resolve) => (this.#end = resolve))
    this.clock = {
      now: () => Math.floor(time.now() + skewMs()),
      elapsed: () => time.elapsed(),
      sleep: (delayMs, signal) => this.outside(() => time.sleep(delayMs, signal)),
    }
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  kill(): void {
    this.#isAlive = false
    this.#end()
    for (const cut of this.#cuts) cut()
  }

  /** Lets it learn nothing for a while, as a long garbage collection or a stopped machine does. */
  pause(forMs: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#time.now() + forMs)
  }

  stumbleAt(next: Stumble): void {
    this.#stumble = { ...next, call: this.#calls + next.call }
  }

  /** The same as {@link outside}, counted for {@link Stumble}. */
  request<T>(work: () => Promise<T>): Promise<T> {
    this.#calls += 1
    const { how, forMs } = this.#calls === this.#stumble?.call ? this.#stumble : {}
    if (how === 'dies before') this.kill()
    if (how === 'stands still') this.pause(forMs ?? 0)
    return this.outside(async () => {
      try {
        return await work()
      } finally {
        if (how === 'dies after') this.kill()
      }
    })
  }

  /** What `work` gives, if this process lives to learn of it. */
  async outside<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#isAlive) return never()
    try {
      return await work()
    } finally {
      await this.#hear()
    }
  }

  /** What `work` of this process gives; undefined if it is killed before. */
  async untilKilled<T>(work: Promise<T>): Promise<T | undefined> {
    let cut: () => void = () => undefined
    const killed = new Promise<undefined>((resolve) => {
      cut = () => {
        resolve(undefined)
      }
      this.#cuts.add(cut)
    })
    try {
      return await Promise.race([work, killed])
    } finally {
      this.#cuts.delete(cut)
    }
  }

  /** Resolves when this process can hear a reply that has come. */
  async #hear(): Promise<void> {
    for (;;) {
      if (!this.#isAlive) await never()
      const leftMs = this.#pausedUntil - this.#time.now()
      if (leftMs <= 0) return
      await this.#time.sleep(leftMs)
    }
  }
}
