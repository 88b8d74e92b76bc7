/**
 * Lets one log in after the other. Everything that opens a connection beyond those of the pool goes through here, so there is
 * never more than one of them.
 */
export class LoginLane {
  #last: Promise<unknown> = Promise.resolve()

  /** Runs `task` when all earlier ones are done, however they ended, and gives its outcome. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const outcome = this.#last.then(task)
    this.#last = outcome.catch(() => undefined)
    return outcome
  }
}
