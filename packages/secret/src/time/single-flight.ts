/**
 * Makes calls that come while one is running share its result, also its failure. The call after its end runs anew.
 *
 * @example
 * const refresh = singleFlight(() => store.read('API_KEY'))
 * await Promise.all([refresh(), refresh()]) // one read
 */
export function singleFlight<A extends readonly unknown[], T>(
  work: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  const flights = new SingleFlights<undefined, T>()
  return (...args) => flights.join(undefined, () => work(...args))
}

/** A single flight for each key. */
export class SingleFlights<K, T> {
  readonly #flights = new Map<K, Promise<T>>()

  /** Joins the flight of `key`, or starts it with `work`. */
  join(key: K, work: () => Promise<T>): Promise<T> {
    const flying = this.#flights.get(key)
    if (flying !== undefined) return flying
    const flight = work().finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    })
    this.#flights.set(key, flight)
    return flight
  }

  /** Makes later calls start a new flight, where the one under way has an answer that is out of date. */
  leave(key: K): void {
    this.#flights.delete(key)
  }
}
