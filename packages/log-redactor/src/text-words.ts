import { endianness } from 'node:os'

/** The characters of one word. */
export const WORD = 4

/** The bits that no character of ASCII has: bytes that are no text have one of them in nearly each word. */
export const BEYOND_ASCII = 0x80808080 | 0

const SHIFTS = endianness() === 'LE' ? ([0, 8, 16, 24] as const) : ([24, 16, 8, 0] as const)

/**
 * A text as 32-bit words of four characters each, so that scanning reads four characters at once. A character above U+00FF counts by
 * its low byte, which is enough for a filter whose finds are checked against the text itself, and keeps positions equal to those in
 * the string.
 */
export class TextWords {
  #bytes = Buffer.alloc(0)
  #words = new Int32Array(0)

  /** The words of the text loaded last; what lies beyond its end is left from longer ones. */
  get words(): Int32Array {
    return this.#words
  }

  /** Room for `size` bytes, to be written there in place of a text. */
  room(size: number): Buffer {
    if (size + WORD > this.#bytes.length) this.#grow(size + WORD)
    return this.#bytes
  }

  /** Loads `text` and returns the number of whole words in it. */
  load(text: string): number {
    return this.room(text.length).write(text, 'latin1') >>> 2
  }

  #grow(atLeast: number): void {
    const memory = new ArrayBuffer(2 ** Math.max(12, Math.ceil(Math.log2(atLeast))))
    this.#bytes = Buffer.from(memory)
    this.#words = new Int32Array(memory)
  }
}

/** The word that {@link TextWords} has for the four characters of `text` at `at`. */
export function wordAt(text: string, at: number): number {
  let word = 0
  for (let i = 0; i < WORD; i += 1) word |= (text.charCodeAt(at + i) & 0xff) << (SHIFTS[i] ?? 0)
  return word
}
