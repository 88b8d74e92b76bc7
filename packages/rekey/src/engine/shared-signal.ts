import { setMaxListeners } from 'node:events'

/** An `EventTarget` looks at all of its listeners for each one that is added. */
const MAX_LISTENERS = 100

/** Aborts thousands of requests with one signal, through signals with some of them each. */
export class SharedSignal {
  readonly #signal: AbortSignal
  readonly #own: AbortController[] = []
  #given = 0
  readonly #abort = () => {
    for (const own of this.#own) own.abort(this.#signal.reason)
  }

  constructor(signal: AbortSignal) {
    this.#signal = signal
    setMaxListeners(0, signal)
    signal.addEventListener('abort', this.#abort, { once: true })
  }

  /** Returns the signal for one more request. */
  next(): AbortSignal {
    const last = this.#given % MAX_LISTENERS === 0 ? this.#begin() : this.#own.at(-1)
    this.#given += 1
    return last?.signal ?? this.#signal
  }

  end(): void {
    this.#signal.removeEventListener('abort', this.#abort)
  }

  #begin(): AbortController {
    const own = new AbortController()
    setMaxListeners(0, own.signal)
    if (this.#signal.aborted) own.abort(this.#signal.reason)
    this.#own.push(own)
    return own
  }
}
