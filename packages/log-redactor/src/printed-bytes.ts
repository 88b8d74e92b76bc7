import { BEYOND_ASCII, WORD } from './text-words.ts'

/** A way to print bytes: `pairs` is hexadecimal with something between the bytes. */
export type Printing = 'base64' | 'base32' | 'hex' | 'pairs' | 'numbers'

/** A stretch of a text that may be printed bytes. */
export interface PrintedRun {
  readonly start: number
  readonly end: number
  readonly way: Printing
}

const DIGITS = 1
const PAIRS = 2
const NUMBERS = 4
const HEX_ONLY = 8
const BASE32_ONLY = 16

const CLASSES: readonly [RegExp, number][] = [
  [/[\w+/-]/, DIGITS],
  [/[0-9a-fx :,.\-\r\n]/i, PAIRS],
  [/[0-9 ,:"[\]\r\n]/, NUMBERS],
  [/[0-9a-f]/i, HEX_ONLY],
  [/[a-z2-7]/i, BASE32_ONLY],
]

const CLASSES_OF = Uint8Array.from({ length: 256 }, (_, code) =>
  CLASSES.reduce((sum, [of, bit]) => sum | (of.test(String.fromCharCode(code)) ? bit : 0), 0),
)

/** The classes that two characters share, so that a word is looked up in two steps. */
const CLASSES_OF_PAIR = Uint8Array.from(
  { length: 0x10000 },
  (_, pair) => (CLASSES_OF[pair & 0xff] ?? 0) & (CLASSES_OF[pair >>> 8] ?? 0),
)

/** The classes that all characters of a word have. */
function classesOf(word: number): number {
  if ((word & BEYOND_ASCII) !== 0) return 0
  return (CLASSES_OF_PAIR[word & 0xffff] ?? 0) & (CLASSES_OF_PAIR[word >>> 16] ?? 0)
}

/** How far apart the words are that are examined. */
const STRIDE = 2

/**
 * The runs of printed bytes in a text: those in which three words that are examined, eight characters apart, are of one class. That
 * is every run of 27 characters. The last of three is examined first: if it has no class, none of the three need be examined again.
 */
export function printedRuns(
  reading: { readonly text: string },
  words: Int32Array,
  count: number,
): readonly PrintedRun[] | undefined {
  let runs: PrintedRun[] | undefined
  let isBegun = false
  for (let last = 2 * STRIDE; last < count;) {
    let classes = classesOf(words[last] ?? 0)
    if (classes === 0) {
      last += 3 * STRIDE
      continue
    }
    classes &= classesOf(words[last - STRIDE] ?? 0)
    if (classes === 0) {
      last += 2 * STRIDE
      continue
    }
    classes &= classesOf(words[last - 2 * STRIDE] ?? 0)
    if (classes !== 0 && (classes !== DIGITS || isMixed(words, last))) {
      if (!isBegun) search.begin(reading.text)
      isBegun = true
      runs = search.around(last * WORD, classes)
    }
    last += STRIDE
  }
  if (isBegun) search.begin('')
  return runs
}

const EACH = 0x01010101

/** In ASCII a letter has bit 6, and a small one bit 5, too; of the digits of base64 a numeral alone has bit 4 without bit 6. */
const capitalsOf = (word: number) => (word >>> 6) & ~(word >>> 5) & EACH
const smallOf = (word: number) => (word >>> 6) & (word >>> 5) & EACH
const numeralsOf = (word: number) => (word >>> 4) & ~(word >>> 6) & EACH

/** How many words around are examined for a letter of the other size, where twenty characters have none. */
const AROUND = 6

/** A path has numerals in fewer of five words. */
const WITH_NUMERALS = 3

/**
 * Whether there are capitals and small letters in the twenty characters up to a word. One in 15,000 of base64 has one of both alone:
 * there the other may be near, beside many numerals where it is the capitals that are missing, since paths and words have none either.
 */
function isMixed(words: Int32Array, last: number): boolean {
  let capitals = 0
  let small = 0
  let withNumerals = 0
  for (let i = last - 4; i <= last; i += 1) {
    const word = words[i] ?? 0
    capitals |= capitalsOf(word)
    small |= smallOf(word)
    withNumerals += numeralsOf(word) === 0 ? 0 : 1
  }
  if (capitals !== 0) return small !== 0 || isNear(words, last, smallOf)
  return withNumerals >= WITH_NUMERALS && isNear(words, last, capitalsOf)
}

function isNear(words: Int32Array, last: number, of: (word: number) => number): boolean {
  const end = Math.min(words.length, last + 1 + AROUND)
  for (let i = Math.max(0, last - 4 - AROUND); i < end; i += 1)
    if (of(words[i] ?? 0) !== 0) return true
  return false
}

/** How many characters print a dozen bytes, or in base64 one and a half. */
const LEAST = { base64: 24, hex: 24, base32: 20, pairs: 35, numbers: 24 } as const

class RunSearch {
  text = ''
  #runs: PrintedRun[] | undefined
  #digitsEnd = 0
  #pairsEnd = 0
  #numbersEnd = 0

  begin(text: string): void {
    this.text = text
    this.#runs = undefined
    this.#digitsEnd = 0
    this.#pairsEnd = 0
    this.#numbersEnd = 0
  }

  /** Adds the runs of each class around `at` that are not known yet. */
  around(at: number, classes: number): PrintedRun[] | undefined {
    if ((classes & DIGITS) !== 0 && at >= this.#digitsEnd) this.#digitsEnd = this.#addDigits(at)
    if ((classes & PAIRS) !== 0 && at >= this.#pairsEnd) {
      this.#pairsEnd = this.#addOther(at, PAIRS, 'pairs')
    }
    if ((classes & NUMBERS) !== 0 && at >= this.#numbersEnd) {
      this.#numbersEnd = this.#addOther(at, NUMBERS, 'numbers')
    }
    return this.#runs
  }

  #addOther(at: number, of: number, way: 'pairs' | 'numbers'): number {
    const { text } = this
    const start = this.#startOf(at, of)
    let common = HEX_ONLY
    let end = start
    for (; end < text.length; end += 1) {
      const classes = CLASSES_OF[text.charCodeAt(end)] ?? 0
      if ((classes & of) === 0) break
      common &= classes
    }
    // Digits alone are read as such.
    return end - start >= LEAST[way] && common === 0 ? this.#add(start, end, way) : end
  }

  /** In one pass, because nearly every run is a word or a path, which no regular expression need look at. */
  #addDigits(at: number): number {
    const { text } = this
    const start = this.#startOf(at, DIGITS)
    let kinds = 0
    let end = start
    for (; end < text.length; end += 1) {
      const kind = KINDS[text.charCodeAt(end)] ?? 0
      if (kind === 0) break
      kinds |= kind
    }
    this.#addParts(start, end, HEX_BIT, 'hex', DIGIT)
    this.#addParts(start, end, CAPITAL32_BIT, 'base32', BEYOND_HEX)
    this.#addParts(start, end, SMALL32_BIT, 'base32', BEYOND_HEX)
    // Base64 has capitals and small letters.
    if ((kinds & MIXED) === MIXED && end - start >= LEAST.base64) this.#add(start, end, 'base64')
    return end
  }

  /** Adds the parts of a run of digits that are long enough, of one kind and with one digit of another: not each character is examined. */
  #addParts(start: number, end: number, bit: number, way: 'hex' | 'base32', needed: number): void {
    const { text } = this
    const least = LEAST[way]
    const isOfKind = (at: number) => ((KINDS[text.charCodeAt(at)] ?? 0) >>> bit) & 1
    for (let at = start + least - 1; at < end; at += least) {
      if (isOfKind(at) === 0) continue
      let from = at
      while (from > start && isOfKind(from - 1) === 1) from -= 1
      let kinds = 0
      let to = from
      for (; to < end; to += 1) {
        const kind = KINDS[text.charCodeAt(to)] ?? 0
        if (((kind >>> bit) & 1) === 0) break
        kinds |= kind
      }
      if (to - from >= least && (kinds & needed) !== 0) this.#add(from, to, way)
      at = to
    }
  }

  #add(start: number, end: number, way: Printing): number {
    this.#runs ??= []
    this.#runs.push({ start, end, way })
    return end
  }

  #startOf(at: number, of: number): number {
    let start = at
    while (start > 0 && isOf(this.text.charCodeAt(start - 1), of)) start -= 1
    return start
  }
}

const search = new RunSearch()

function isOf(code: number, of: number): boolean {
  return ((CLASSES_OF[code] ?? 0) & of) !== 0
}

const DIGIT = 1
const CAPITAL = 2
const SMALL = 4
const MIXED = CAPITAL | SMALL
const HEX_BIT = 3
const CAPITAL32_BIT = 4
const SMALL32_BIT = 5
/** A letter from g to z: among twenty digits of base32 that are as good as random there is one but for 3 of 10^9 times. */
const BEYOND_HEX = 64

const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (!/[\w+/-]/.test(character)) return 0
  const kinds: readonly [RegExp, number][] = [
    [/[A-Z]/, CAPITAL],
    [/[a-z]/, SMALL],
    [/[\da-f]/i, 1 << HEX_BIT],
    [/[A-Z2-7]/, 1 << CAPITAL32_BIT],
    [/[a-z2-7]/, 1 << SMALL32_BIT],
    [/[g-z]/i, BEYOND_HEX],
  ]
  return kinds.reduce((sum, [of, bit]) => sum | (of.test(character) ? bit : 0), DIGIT)
})
