/** Lets everyone who asks for the same thing at the same time wait for one answer. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Promise<T>>()

  /** The answer that is on its way for `key`, or that of `work`. */
  join(key: string, work: () => Promise<T>): Promise<T> {
    const flying = this.#flights.get(key)
    if (flying !== undefined) return flying
    const flight = work().finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    })
    this.#flights.set(key, flight)
    return flight
  }

  /** Whoever asks from now on does not get an answer that was asked for earlier. */
  leave(key: string): void {
    this.#flights.delete(key)
  }
}
