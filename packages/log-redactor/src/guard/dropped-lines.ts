/** Takes bytes, and calls `done` with the error if it could not write them. */
export type Print = (bytes: Uint8Array, done: Done) => void
export type Done = (error?: Error | null) => void

/** Errors of a place that may take bytes again: a disk or quota that is used up, a device that fails. */
const PASSING: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EIO']
const LINE_END = 10

/** Counts the lines that a full disk does not take, in a process that is to outlive its log. */
export class DroppedLines {
  #describe: ((lines: number) => string) | undefined
  #lines = 0

  /** Drops lines from now on. Without this call, errors are those of the caller. */
  start(describe: (lines: number) => string): void {
    this.#describe ??= describe
  }

  /** Prints bytes, after a line about those that were dropped before them; or drops them. */
  print(print: Print, bytes: Uint8Array, done: Done): void {
    const dropped = this.#lines
    // Of two streams that print at the same time one tells of them.
    this.#lines = 0
    // It begins with a line end, since a disk may have taken half a line as its last.
    const notice = dropped === 0 ? '' : `\n${this.#describe?.(dropped)}\n`
    print(notice === '' ? bytes : Buffer.concat([Buffer.from(notice), bytes]), (error) => {
      const isDropped = error && this.#describe && PASSING.includes(codeOf(error))
      if (error) this.#lines += dropped
      if (isDropped) this.#lines += bytes.filter((byte) => byte === LINE_END).length
      done(isDropped ? null : error)
    })
  }
}

const codeOf = (error: Error) => (error as NodeJS.ErrnoException).code
