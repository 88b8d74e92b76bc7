// @typed
interface CancellationToken {
  readonly isCancelled: boolean
}

export class Search {
  #token: CancellationToken | undefined

  isStale(token: CancellationToken): boolean {
    return this.#token !== token
  }
}
