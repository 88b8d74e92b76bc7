/** What Rekey said, compared with what is so. */
export class Sentences {
  readonly #false: string[] = []
  #checked = 0

  get checked(): number {
    return this.#checked
  }

  /** Those that were not so, each with what is so. */
  get wrong(): readonly string[] {
    return this.#false
  }

  /**
   * Counts a sentence.
   *
   * @param isSo undefined where the servers cannot show it, and it is not counted
   */
  check(sentence: string, isSo: boolean | undefined): void {
    if (isSo === undefined) return
    this.#checked += 1
    if (!isSo) this.#false.push(sentence)
  }

  /** Counts one that names a value, with the value that is so. */
  compare(sentence: string, said: unknown, found: unknown): void {
    const [claim, fact] = [JSON.stringify(said), JSON.stringify(found)]
    this.check(
      claim === fact ? sentence : `${sentence}: ${claim}, and it is ${fact}`,
      claim === fact,
    )
  }
}
