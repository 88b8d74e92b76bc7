import type { Around } from '../redacts.ts'

/** Masks secrets in a text. A secret that begins before it, or ends after it, is masked as far as it lies in it. */
export type RedactPart = (text: string, around: Around) => string

/** A blank, or a control character, ends a word. A secret that has some is found by its words. */
const BLANK = 0x20

/** A word this long is printed though it goes on, but for its end. */
const MOST_HELD = 4_096

/** Characters that are read before and after a text, enough for twelve bytes of a secret in any spelling. */
const NEIGHBOURHOOD = 1_024

/**
 * Masks secrets in a stream that comes in pieces, cut anywhere. A piece passes at once up to its last blank; the word behind
 * that may be the beginning of a secret, so it is held until the next piece, or {@link StreamCleaner.flush}. Memory is bounded, and
 * time linear in what passes.
 */
export class StreamCleaner {
  readonly #redact: RedactPart
  /** The end of this line that has passed, as it was given. */
  #before = ''
  #held = ''

  constructor(redact: RedactPart) {
    this.#redact = redact
  }

  /** Whether something is held. */
  get isHolding(): boolean {
    return this.#held !== ''
  }

  /** Takes a piece, and returns what may be printed. */
  push(piece: string): string {
    const word = startOfLastWord(piece)
    // A word in many pieces is put together once, when it is read.
    if (word === 0 && this.#held.length + piece.length <= MOST_HELD) {
      this.#held += piece
      return ''
    }
    const text = this.#held + piece
    const isLong = piece.length - word > MOST_HELD || word === 0
    const end = isLong ? text.length - NEIGHBOURHOOD : text.length - (piece.length - word)
    this.#held = text.slice(end)
    return this.#pass(text.slice(0, end))
  }

  /** Returns what is held. */
  flush(): string {
    const text = this.#held
    this.#held = ''
    return this.#pass(text)
  }

  #pass(text: string): string {
    if (text === '') return ''
    const around = { before: this.#before, after: this.#held.slice(0, NEIGHBOURHOOD) }
    const line = text.lastIndexOf('\n') + 1
    this.#before = (line === 0 ? this.#before + text : text.slice(line)).slice(-NEIGHBOURHOOD)
    return this.#redact(text, around)
  }
}

function startOfLastWord(text: string): number {
  let start = text.length
  while (start > 0 && text.charCodeAt(start - 1) > BLANK) start -= 1
  return start
}
