import { randomUUID } from 'node:crypto'
import type { Backoff } from '@rekey/secret/internal'
import { backoffMs, type Clock } from '@rekey/secret'
import type { Problem } from './problems.ts'
import type { Message, Receiver } from './receiver.ts'

interface NotifierParts {
  readonly receiver: Receiver
  readonly clock: Clock
  /** Called when a message could not be delivered, and with nothing once they can be again. */
  readonly onFailure: (error?: unknown) => void
}

const PAUSES: Backoff = { firstMs: 5_000, longestMs: 15 * 60_000 }

/**
 * Keeps a receiver up to date: one message when a problem begins, one when it is over, none in between. What could not be delivered is
 * tried again, less often each time; a problem that is over before its message was delivered is not mentioned. So nothing has to be queued.
 */
export class Notifier {
  readonly #parts: NotifierParts
  /** Problems that the receiver knows of, by key. */
  readonly #known = new Map<string, Problem>()
  /** The id of the message that each problem waits for, kept over all attempts. */
  readonly #ids = new Map<string, string>()
  #failures = 0
  #restsUntil = -Infinity

  constructor(parts: NotifierParts) {
    this.#parts = parts
  }

  /** Delivers the difference between `problems` and what the receiver knows. Throws for an aborted signal alone. */
  async update(problems: readonly Problem[], signal: AbortSignal): Promise<void> {
    const { receiver, clock, onFailure } = this.#parts
    if (clock.elapsed() < this.#restsUntil) return
    const now = new Map(problems.map((one) => [keyOf(one), one]))
    const begun = [...now].filter(([key]) => !this.#known.has(key))
    const over = [...this.#known].filter(([key]) => !now.has(key))
    for (const key of this.#ids.keys()) {
      if (now.has(key) === this.#known.has(key)) this.#ids.delete(key)
    }
    try {
      for (const [key, problem] of begun) {
        await receiver.send(this.#message(key, problem, 'began'), signal)
        this.#known.set(key, problem)
        this.#ids.delete(key)
      }
      for (const [key, problem] of over) {
        await receiver.send(this.#message(key, problem, 'ended'), signal)
        this.#known.delete(key)
        this.#ids.delete(key)
      }
      if (begun.length + over.length === 0) return
      if (this.#failures > 0) onFailure()
      this.#failures = 0
    } catch (error) {
      signal.throwIfAborted()
      this.#restsUntil = clock.elapsed() + backoffMs(PAUSES, this.#failures)
      this.#failures += 1
      if (this.#failures === 1) onFailure(error)
    }
  }

  #message(key: string, problem: Problem, change: Message['change']): Message {
    const id = this.#ids.get(key) ?? `msg_${randomUUID()}`
    this.#ids.set(key, id)
    return { id, change, problem }
  }
}

function keyOf({ problem, name }: Problem): string {
  return `${problem} ${name}`
}
