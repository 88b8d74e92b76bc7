import { GramTable, NONE } from './gram-table.ts'
import { endianness } from 'node:os'

/** A text to find in lines. */
interface Pattern<Owner> {
  readonly text: string
  /** How many of its first characters are enough for a match. */
  readonly enough: number
  readonly owner: Owner
}

/** Where a pattern was found: from `start` up to `end`. */
export interface Match<Owner> {
  readonly start: number
  readonly end: number
  readonly owner: Owner
}

/** Who is given matches. */
interface MatchTaker<Owner> {
  /** Returns whether there is room for more. */
  take(match: Match<Owner>): boolean
}

/** The shortest pattern that can be found: any such stretch of a line contains one whole word. */
export const MIN_PATTERN = 7

const WORD = 4

/** Patterns this long are found though only every second word of a line is looked at. */
const LONG_PATTERN = 11

/** How far into a pattern its most varied stretch is looked for: beyond the first line of a PEM file in hexadecimal. */
const ANCHOR_SEARCH = 128

/** Removed patterns that may lie about before the table is made anew. */
const SPARE = 1_000

interface Entered<Owner> extends Pattern<Owner> {
  /** Where in the text the part that the table knows begins. */
  readonly anchor: number
  removed: boolean
}

/**
 * Finds any of many patterns in a line by looking at every fourth or eighth character, at a cost that does not depend on
 * how many there are. Each pattern is entered with the words at eight places in a row (short ones: four), one of which must
 * fall on a word that is looked at. This is the q-sample filter of Sutinen and Tarhio, "Filtration with q-Samples in
 * Approximate String Matching" (CPM 1996), with no errors allowed.
 */
export class PatternIndex<Owner> {
  #table = new GramTable()
  #patterns: Entered<Owner>[] = []
  #removed = 0
  #stride = 2
  readonly #line = new LineWords()

  /** Adds a pattern of at least {@link MIN_PATTERN} characters, and returns the way to take it out. */
  add(pattern: Pattern<Owner>): () => void {
    const entered = { ...pattern, anchor: anchorOf(pattern), removed: false }
    this.#enter(entered)
    return () => {
      entered.removed = true
      this.#removed += 1
      if (this.#removed > SPARE && this.#removed * 2 > this.#patterns.length) this.#renew()
    }
  }

  /** Gives `taker` each place in `line` where a pattern begins and goes on for `enough` characters, nearly in order. */
  scan(line: string, taker: MatchTaker<Owner>): void {
    const count = this.#line.load(line)
    const { words } = this.#line
    let at = this.#table.seek(words, 0, count, this.#stride)
    while (at !== NONE && this.#look(line, at, taker)) {
      at = this.#table.seek(words, at + this.#stride, count, this.#stride)
    }
  }

  /** Looks at one word. False if the taker has enough, as everywhere below. */
  #look(line: string, at: number, taker: MatchTaker<Owner>): boolean {
    const { words } = this.#line
    const word = words[at] ?? 0
    if (this.#stride === 1 && !this.#follow(shortKey(word), line, at, taker)) return false
    if (at % 2 !== 0) return true
    if (!this.#follow(keyWithNext(word, words[at + 1] ?? 0), line, at, taker)) return false
    return at === 0 || this.#follow(keyWithPrevious(word, words[at - 1] ?? 0), line, at, taker)
  }

  #follow(key: number, line: string, at: number, taker: MatchTaker<Owner>): boolean {
    for (let e = this.#table.first(key); e !== NONE; e = this.#table.next(e, key)) {
      const ref = this.#table.ref(e)
      const pattern = this.#patterns[ref >>> 3]
      if (pattern === undefined || pattern.removed) continue
      const start = at * WORD - (ref & 7) - pattern.anchor
      const length = commonLength(line, start, pattern.text)
      if (length < pattern.enough) continue
      if (!taker.take({ start, end: start + length, owner: pattern.owner })) return false
    }
    return true
  }

  #enter(pattern: Entered<Owner>): void {
    const id = this.#patterns.push(pattern) - 1
    const long = pattern.enough >= LONG_PATTERN
    if (!long) this.#stride = 1
    for (let offset = 0; offset < (long ? 2 : 1) * WORD; offset += 1) {
      const at = pattern.anchor + offset
      const word = wordAt(pattern.text, at)
      const key = long ? longKey(pattern.text, at, offset) : shortKey(word)
      this.#table.insert(word, key, id * 8 + offset)
    }
  }

  #renew(): void {
    const kept = this.#patterns.filter((pattern) => !pattern.removed)
    this.#table = new GramTable()
    this.#patterns = []
    this.#removed = 0
    this.#stride = 2
    for (const pattern of kept) this.#enter(pattern)
  }
}

const MIX = 0x85ebca6b

/** A word alone is common; with the word after or before it, it is rare. */
function keyWithNext(word: number, next: number): number {
  return Math.imul(Math.imul(word, MIX) ^ next, MIX)
}

function keyWithPrevious(word: number, previous: number): number {
  return ~keyWithNext(previous, word)
}

/** The first four words of a long pattern are known with the word after, the others with the word before. */
function longKey(text: string, at: number, offset: number): number {
  return offset < WORD
    ? keyWithNext(wordAt(text, at), wordAt(text, at + WORD))
    : keyWithPrevious(wordAt(text, at), wordAt(text, at - WORD))
}

function shortKey(word: number): number {
  return Math.imul(word, MIX)
}

/** How many characters `line` from `start` on and `text` have in common. */
function commonLength(line: string, start: number, text: string): number {
  if (start < 0) return 0
  let length = 0
  while (length < text.length && line.charCodeAt(start + length) === text.charCodeAt(length)) {
    length += 1
  }
  return length
}

/**
 * The place of the stretch that the table is to know. A pattern that may be cut short must be known by its start; any other
 * by its most varied stretch, to stay clear of `-----BEGIN` and its like.
 */
function anchorOf({ text, enough }: Pattern<unknown>): number {
  if (enough < text.length) return 0
  let best = 0
  let mostDistinct = 0
  const end = Math.min(enough - LONG_PATTERN, ANCHOR_SEARCH)
  for (let at = 0; at <= end && mostDistinct < LONG_PATTERN; at += 1) {
    const distinct = new Set(text.slice(at, at + LONG_PATTERN)).size
    if (distinct > mostDistinct) {
      best = at
      mostDistinct = distinct
    }
  }
  return best
}

const WORD_BYTES = 4

/**
 * A line as 32-bit words of four characters each, so that scanning reads four characters at once. A character above
 * U+00FF counts by its low byte, which is enough for a filter whose finds are checked against the line itself, and keeps
 * positions equal to those in the string.
 */
class LineWords {
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
function wordAt(text: string, at: number): number {
  let word = 0
  for (let i = 0; i < WORD_BYTES; i += 1) {
    word |= (text.charCodeAt(at + i) & 0xff) << (SHIFTS[i] ?? 0)
  }
  return word
}
