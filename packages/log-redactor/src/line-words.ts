import { endianness } from 'node:os'

const WORD_BYTES = 4

/**
 * A line as 32-bit words of four characters each, so that scanning reads four characters at once. A character above
 * U+00FF counts by its low byte, which is enough for a filter whose finds are checked against the line itself, and keeps
 * positions equal to those in the string.
 */
export class LineWords {
  #bytes = Buffer.alloc(0)
  #words = new Int32Array(0)

  /** The words of the line loaded last; what lies beyond its end is left from longer ones. */
  get words(): Int32Array {
    return this.#words
  }

  /** Loads `line` and gives the number of whole words in it. */
  load(line: string): number {
    if (line.length + WORD_BYTES > this.#bytes.length) this.#grow(line.length + WORD_BYTES)
    return this.#bytes.write(line, 'latin1') >>> 2
  }

  #grow(atLeast: number): void {
    const memory = new ArrayBuffer(2 ** Math.max(12, Math.ceil(Math.log2(atLeast))))
    this.#bytes = Buffer.from(memory)
    this.#words = new Int32Array(memory)
  }
}

const SHIFTS = endianness() === 'LE' ? ([0, 8, 16, 24] as const) : ([24, 16, 8, 0] as const)

/** The word that {@link LineWords} would hold for the four characters of `text` at `at`. */
export function wordAt(text: string, at: number): number {
  let word = 0
  for (let i = 0; i < WORD_BYTES; i += 1) {
    word |= (text.charCodeAt(at + i) & 0xff) << (SHIFTS[i] ?? 0)
  }
  return word
}
