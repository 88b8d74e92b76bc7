/** A request that has not been answered for this long leaves its place to the next: a dead replica makes no other late. */
const QUIET_MS = 250

/**
 * Limits how many requests are under way. Each has a place until it is answered or quiet, so that those beyond the places are
 * quiet ones, and no more of them begin in a time than there are places.
 */
export class RequestPlaces {
  #free: number
  readonly #quietMs: number
  readonly #waiting = new Set<() => void>()

  constructor(places: number, quietMs = QUIET_MS) {
    this.#free = places
    this.#quietMs = quietMs
  }

  /** Runs `request` once it has a place. It can leave the place early. */
  async run<T>(request: (leave: () => void) => Promise<T>): Promise<T> {
    await this.#enter()
    let hasPlace = true
    const leave = () => {
      if (hasPlace) this.#leave()
      hasPlace = false
    }
    const timer = setTimeout(leave, this.#quietMs).unref()
    try {
      return await request(leave)
    } finally {
      clearTimeout(timer)
      leave()
    }
  }

  async #enter(): Promise<void> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  #leave(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#free += 1
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
