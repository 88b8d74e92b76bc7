import { FORM_WORDS, SECRET_PAIRS, SECRET_WORDS } from '../signs/secret-names.ts'
import { WORD, wordAt } from '../text-words.ts'

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
  ...['20', '22', '26', '27', '2c', '3d', '3f'],
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
const MARKS_SHIFT = 32 - 17
/** 2^32 divided by the golden ratio, as in a `GramTable`. */
const FIBONACCI = 0x9e3779b1

/** Which words of four characters every name of a secret has one of, wherever in a text it stands. */
class WordFilter {
  /** 1 where the hash of a word may be that of one of its own. */
  readonly #marks = new Uint8Array(1 << (32 - MARKS_SHIFT))
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

  /** Whether one of the first `count` words is in it. Four at a time take half as long as one by one. */
  hasOneOf(words: Int32Array, count: number): boolean {
    if (this.#texts !== undefined) this.#fill(this.#texts)
    const marks = this.#marks
    const whole = count & ~3
    for (let i = 0; i < whole; i += 4) {
      const any =
        (marks[markOf(words[i] ?? 0)] ?? 0) |
        (marks[markOf(words[i + 1] ?? 0)] ?? 0) |
        (marks[markOf(words[i + 2] ?? 0)] ?? 0) |
        (marks[markOf(words[i + 3] ?? 0)] ?? 0)
      if (any !== 0 && this.#hasAny(words, i, i + 4)) return true
    }
    return this.#hasAny(words, whole, count)
  }

  #hasAny(words: Int32Array, from: number, to: number): boolean {
    for (let i = from; i < to; i += 1) {
      if (this.#has((words[i] ?? 0) | FOLD)) return true
    }
    return false
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
    this.#marks[markOf(word)] = 1
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

const markOf = (word: number) => Math.imul(word | FOLD, FIBONACCI) >>> MARKS_SHIFT

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
export const nameFilter = new WordFilter(() =>
  [...SECRET_WORDS, ...twoWords(), ...OTHERS].filter((word) => !LEFT_OUT.has(word)),
)
