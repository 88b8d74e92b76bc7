import { FORM_WORDS, SECRET_PAIRS, SECRET_WORDS } from '../signs/secret-names.ts'
import type { Reading } from '../reading.ts'
import { BEYOND_ASCII, WORD, wordAt } from '../text-words.ts'
import { StartTable } from './start-table.ts'

/** Sets the bit in which capitals differ from small letters. */
const FOLD = 0x20202020

const ALNUM = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Characters behind the word of a secret: the end of a name, or another word of it. */
const AFTER = new Set([
  ...Array.from(` \t"'\`=:>,;)]}&\\%_-.s0123456789\n`),
  ...Array.from(FORM_WORDS, (word) => word.charAt(0)),
])
/** Characters before it. */
const BEFORE = Array.from(`${ALNUM} \t"'\`=:<>,;([{&?\\%_-./+|$#@!*~\n`)
/** The last two characters before it, where a word is so short that all possible ones are half of all lines. */
const TWO_BEFORE = [
  ...pairsOf(`${ALNUM}_-"'{,&? .\\\n:=([<>`, `abcdefghijklmnopqrstuvwxyz_-"'?& .\n\t<(;,`),
  '20',
  '22',
  '26',
  '27',
  '2c',
  '3d',
  '3f',
]
/** The first two behind it. */
const TWO_AFTER = [
  ...pairsOf('=: >', `${ALNUM} "'\\/+_-%$`),
  ...pairsOf(`"'\`\\ _-%]`, `:=,"' >\\vtsrphbdicn3025`),
]
/** Characters around a key of AWS. */
const SIGNS = ` "'=:,;/(>[{@\n`

/** Schemes of an `Authorization` header, and formats that are shorter than the runs of digits in which the others are found. */
const OTHERS = [
  'bearer',
  'basic',
  'cookie',
  'slack.com',
  'glpat',
  'sk_live_',
  'sk_test_',
  'rk_live_',
]
const KEYS_OF_AWS = ['akia', 'asia']

/** Too short to be found without a look at each character; a DSN has its secret where URLs have theirs. */
const LEFT_OUT: ReadonlySet<string> = new Set(['pw', 'dsn', 'otp'])

function* twoWords(): Generator<string> {
  for (const [last, befores] of SECRET_PAIRS) {
    if (last === 'url' || last === 'uri' || last === 'string') continue
    for (const before of befores) {
      for (const between of ['', '_', '-', ' ']) yield before + between + last
    }
  }
}

const KEYS_LOG2 = 15
/** Leaves of a hash what chooses 32 marks: as many as the cache next to the processor holds. */
const MARKS_SHIFT = 32 - 14
/** Leaves of it those after them as the last, which choose one of these; the last five of the hash choose another. */
const BIT_SHIFT = MARKS_SHIFT - 5
/** 2^32 divided by the golden ratio, as in a `GramTable`. */
const FIBONACCI = 0x9e3779b1

/** Which words of four characters every name of a secret has one of, wherever in a text it stands. */
class WordFilter {
  /** Two bits are set where the hash of a word may be that of one of its own (Bloom, as in a `GramTable`). */
  readonly #marks = new Int32Array(1 << (32 - MARKS_SHIFT))
  readonly #keys = new Int32Array(1 << KEYS_LOG2)
  #texts: (() => Iterable<string>) | undefined

  /** @param texts is called once, with the first line: it takes longer than loading the package */
  constructor(texts: () => Iterable<string>) {
    this.#texts = texts
  }

  #fill(texts: () => Iterable<string>): void {
    this.#texts = undefined
    for (const text of texts()) this.#addAll(text)
    for (const text of KEYS_OF_AWS) this.#addKeyOfAws(text)
  }

  /** The place of the first of `count` words that is in it, from `from` on, or `count`. Four at a time take half as long as one by one. */
  next(words: Int32Array, from: number, count: number): number {
    if (this.#texts !== undefined) this.#fill(this.#texts)
    const marks = this.#marks
    let i = from
    for (const last = count - 3; i < last; i += 4) {
      const first = words[i] ?? 0
      const second = words[i + 1] ?? 0
      const third = words[i + 2] ?? 0
      const fourth = words[i + 3] ?? 0
      if (isBinary(first) && isBinary(second) && isBinary(third) && isBinary(fourth)) continue
      const one = hashOf(first)
      const two = hashOf(second)
      const three = hashOf(third)
      const four = hashOf(fourth)
      const any =
        markedBy(marks[one >>> MARKS_SHIFT] ?? 0, one) |
        markedBy(marks[two >>> MARKS_SHIFT] ?? 0, two) |
        markedBy(marks[three >>> MARKS_SHIFT] ?? 0, three) |
        markedBy(marks[four >>> MARKS_SHIFT] ?? 0, four)
      if ((any & 1) === 0) continue
      const found = this.#nextOf(words, i, i + 4)
      if (found < i + 4) return found
    }
    return this.#nextOf(words, i, count)
  }

  #nextOf(words: Int32Array, from: number, end: number): number {
    let at = from
    while (at < end && !this.#has((words[at] ?? 0) | FOLD)) at += 1
    return at
  }

  /** One word for each of the four places at which a word of the text around may begin. */
  #addAll(text: string): void {
    for (let phase = 0; phase < WORD; phase += 1) {
      const beyond = Math.max(0, phase + WORD - text.length)
      const left = (WORD - phase) % WORD
      if (beyond === 0) this.#add(wordWithin(text, phase))
      else if (beyond === 1) for (const after of AFTER) this.#add(text.slice(phase) + after)
      else if (left === 1) for (const before of BEFORE) this.#add(before + text.slice(0, 3))
      else if (beyond === 2) for (const after of TWO_AFTER) this.#add(text.slice(phase) + after)
      else for (const before of TWO_BEFORE) this.#add(before + text.slice(0, 2))
    }
  }

  #addKeyOfAws(text: string): void {
    this.#add(text)
    for (const after of ALNUM) this.#add(text.slice(1) + after)
    for (const before of `${SIGNS}nd`) this.#add(before + text.slice(0, 3))
    for (const before of pairsOf(`${ALNUM}${SIGNS}\\`, SIGNS)) this.#add(before + text.slice(0, 2))
  }

  #add(text: string): void {
    const word = wordAt(text, 0) | FOLD
    if (this.#has(word)) return
    const hash = hashOf(word)
    const at = hash >>> MARKS_SHIFT
    this.#marks[at] = (this.#marks[at] ?? 0) | (1 << hash) | (1 << (hash >>> BIT_SHIFT))
    let slot = this.#home(word)
    while (this.#keys[slot] !== 0) slot = (slot + 1) & (this.#keys.length - 1)
    this.#keys[slot] = word
  }

  #has(word: number): boolean {
    let slot = this.#home(word)
    while (this.#keys[slot] !== 0) {
      if (this.#keys[slot] === word) return true
      slot = (slot + 1) & (this.#keys.length - 1)
    }
    return false
  }

  #home(word: number): number {
    return Math.imul(word, FIBONACCI) >>> (32 - KEYS_LOG2)
  }
}

/** Whether it is none of ASCII, and so no word of a name. */
const isBinary = (word: number) => (word & BEYOND_ASCII) !== 0

const hashOf = (word: number) => Math.imul(word | FOLD, FIBONACCI)

/** Whether both bits of a hash are set, in the last bit. */
const markedBy = (marks: number, hash: number) =>
  (marks >>> hash) & (marks >>> (hash >>> BIT_SHIFT))

/** The last word that a text has at that phase if it reaches into the second part of a name, such as `pass`; else the first. */
function wordWithin(text: string, phase: number): string {
  const last = phase + Math.floor((text.length - WORD - phase) / WORD) * WORD
  const second = /(?<=.)(?:pass|keys?|base)$/.exec(text)?.index ?? Infinity
  return text.slice(last + WORD > second ? last : phase).slice(0, WORD)
}

function pairsOf(first: string, second: string): string[] {
  return Array.from(first).flatMap((a) => Array.from(second, (b) => a + b))
}

/** Passes each text that has the name of a secret with something behind it, and few others. */
const nameFilter = new WordFilter(() =>
  [...SECRET_WORDS, ...twoWords(), ...OTHERS].filter((word) => !LEFT_OUT.has(word)),
)

/** A name is around a word of the filter: the word alone is in many texts, such as base64. */
const NAMES = [
  ...[...SECRET_WORDS].filter((word) => !LEFT_OUT.has(word)),
  ...Array.from(SECRET_PAIRS.values(), (before) => [...before]).flat(),
  'key',
  ...OTHERS,
  ...KEYS_OF_AWS,
].filter((word) => word.length > 2)
const NAME = new RegExp(NAMES.join('|'), 'iy')
const STARTS = new StartTable(NAMES)

/** How far before a word of the filter its name begins at most. */
const LONGEST_NAME = 24

/** Whether a text has the name of a secret with something behind it: few others have. */
export function hasName(reading: Pick<Reading, 'text'>, words: Int32Array, count: number): boolean {
  let tried = 0
  for (let at = nameFilter.next(words, 0, count); at < count;) {
    const { text } = reading
    const end = (at + 1) * WORD
    // A start needs two characters more.
    const most = Math.min(text.length, end + 2)
    let start = Math.max(tried, at * WORD - LONGEST_NAME)
    for (
      start = STARTS.next(text, start, most);
      start < end;
      start = STARTS.next(text, start + 1, most)
    ) {
      NAME.lastIndex = start
      if (NAME.test(text)) return true
    }
    tried = end
    at = nameFilter.next(words, at + 1, count)
  }
  return false
}
