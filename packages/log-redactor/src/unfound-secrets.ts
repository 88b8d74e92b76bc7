/** The names of secrets of which a value was not found when it was looked up after it had been registered. */
export class UnfoundSecrets {
  readonly #names = new Set<string>()
  readonly #listeners = new Set<(name: string) => void>()

  /** Adds a name, once. */
  add(name: string): void {
    if (this.#names.has(name)) return
    this.#names.add(name)
    for (const listener of this.#listeners) listener(name)
  }

  /** Calls `listener` with each name that there is and with each new one, until the returned function is called. */
  watch(listener: (name: string) => void): () => void {
    this.#listeners.add(listener)
    for (const name of this.#names) listener(name)
    return () => {
      this.#listeners.delete(listener)
    }
  }
}
