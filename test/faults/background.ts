/** Work that goes on all the while. */
export class Background {
  #stopped = false
  #failure: Error | undefined
  #rounds = 0
  readonly #running: Promise<void>

  constructor(round: () => Promise<unknown>) {
    this.#running = this.#work(round)
  }

  async #work(round: () => Promise<unknown>): Promise<void> {
    while (!this.#stopped) {
      try {
        await round()
      } catch (error) {
        this.#failure ??= error as Error
      }
      this.#rounds += 1
    }
  }

  /** Waits for two more rounds. Gives the first failure since the last look. */
  async failure(): Promise<Error | undefined> {
    const wanted = this.#rounds + 2
    while (this.#rounds < wanted) await new Promise((resolve) => setTimeout(resolve, 1))
    const failure = this.#failure
    this.#failure = undefined
    return failure
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }
}
