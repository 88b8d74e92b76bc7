/** Keeps of a character what is the same in a capital and a small letter. */
const FOLDED = 31

const SIZE = 3

/**
 * Where in a text one of some words may begin, by its first three characters in either case: one look at each character of the text,
 * where a regular expression tries each word.
 */
export class StartTable {
  readonly #isStart = new Uint8Array((FOLDED + 1) ** SIZE)

  /** @param words of which those of two characters may be followed by any */
  constructor(words: Iterable<string>) {
    for (const word of words) {
      const start = startAt(word, 0)
      this.#isStart.fill(1, start, start + (word.length < SIZE ? FOLDED + 1 : 1))
    }
  }

  /** The first place from `from` on where a word may begin that ends before `end`, or `end`. */
  next(text: string, from: number, end = text.length): number {
    const isStart = this.#isStart
    let start = startAt(text, from) >>> 5
    for (let at = from; at < end; at += 1) {
      const third = at + SIZE - 1
      start = ((start << 5) | (third < end ? text.charCodeAt(third) & FOLDED : 0)) & 0x7fff
      if (isStart[start] === 1) return at
    }
    return end
  }
}

/** The three characters of a text at `at` as one number; those that are not there count as zeros. */
export function startAt(text: string, at: number): number {
  let start = 0
  for (let i = at; i < at + SIZE; i += 1) {
    start = (start << 5) | (i < text.length ? text.charCodeAt(i) & FOLDED : 0)
  }
  return start
}
