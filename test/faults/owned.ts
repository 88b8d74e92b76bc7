/** What was opened one after another, and is closed in the reverse order. */
export class Owned implements AsyncDisposable {
  readonly #ends: (() => PromiseLike<void>)[] = []

  use<T extends AsyncDisposable>(resource: T): T {
    this.defer(() => resource[Symbol.asyncDispose]())
    return resource
  }

  defer(end: () => PromiseLike<void>): void {
    this.#ends.push(end)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) await end()
  }
}
