/** Counts open connections by the version they began under. */
export class OpenConnections {
  readonly #counts = new Map<string, number>()
  readonly #changed: (versions: readonly string[]) => void

  /** @param changed called whenever the set of versions with an open connection changes */
  constructor(changed: (versions: readonly string[]) => void) {
    this.#changed = changed
  }

  open(version: string): void {
    const before = this.#counts.get(version) ?? 0
    this.#counts.set(version, before + 1)
    if (before === 0) this.#changed([...this.#counts.keys()])
  }

  /** @returns how many connections of that version are left */
  close(version: string): number {
    const left = (this.#counts.get(version) ?? 0) - 1
    if (left > 0) {
      this.#counts.set(version, left)
      return left
    }
    this.#counts.delete(version)
    this.#changed([...this.#counts.keys()])
    return 0
  }
}
