import {
  commonRun,
  type Form,
  FurthestMatches,
  type Match,
  pairMatch,
  placesOf,
  RUN,
} from './form-matches.ts'
import { GramTable, NONE } from './gram-table.ts'
import { TextWords, WORD, wordAt } from './text-words.ts'

/** The shortest form that can be found: any such stretch of a text has one whole word in it. */
export const MIN_FORM = 7

/** Text with a quote. Bytes, which have control characters, are not quoted. */
const QUOTED = /^[^\0-\x08\x0e-\x1f\x7f-\xbf]*['"][^\0-\x08\x0e-\x1f\x7f-\xbf]*$/

/** Removed forms that may lie about before the table is made anew. */
const SPARE = 1_000

/** Of the forms that have one pair of words, so many are compared with a text; where there are more, the pair itself counts as found. */
const MOST_COMPARED = 128

interface Entered<Owner> {
  /** Absent when it was removed. */
  form: Form<Owner> | undefined
  /** The reference of the first place of it that is in the table; those of the others follow. */
  first: number
}

/**
 * Finds what a text has in common with any of many forms, by looking at every eighth character of it, at a cost that does not
 * depend on how many there are. Each form is entered with every pair of words in its secret part; in {@link RUN} common characters there
 * is a word at such a place with the word after or before it. This is the q-sample filter of Sutinen and Tarhio, "Filtration with q-Samples
 * in Approximate String Matching" (CPM 1996), with no errors allowed.
 *
 * The forms keep their texts; it has nothing but positions in them. Each form that was entered is looked up once, as a line would be.
 */
export class ValueIndex<Owner> {
  #table = new GramTable()
  #entered: Entered<Owner>[] = []
  #nextRef = 1
  #removed = 0
  #stride = 2
  #hasQuotes = false
  readonly #found = new FurthestMatches<Owner>()
  readonly #ownWords = new TextWords()
  readonly #onUnfound: (owner: Owner) => void

  /** @param onUnfound called for a form that was entered and is not found */
  constructor(onUnfound: (owner: Owner) => void) {
    this.#onUnfound = onUnfound
  }

  /** Whether it has had no form yet. */
  get isEmpty(): boolean {
    return this.#entered.length === 0
  }

  /** Whether some form has had a quote in it. */
  get hasQuotes(): boolean {
    return this.#hasQuotes
  }

  /** Makes room for forms of so many characters, which are then added faster. */
  reserve(characters: number): void {
    if (!this.#hasRoom(characters)) this.#renew(characters)
  }

  /** Adds a form of at least {@link MIN_FORM} characters, and returns the way to take it out. */
  add(form: Form<Owner>): () => void {
    const entered: Entered<Owner> = { form, first: this.#nextRef }
    this.#entered.push(entered)
    this.#hasQuotes ||= QUOTED.test(form.text)
    if (this.#hasRoom(form.text.length)) {
      this.#enter(entered, form)
      this.#lookUp(form)
    } else {
      this.#renew()
    }
    return () => {
      if (entered.form === undefined) return
      this.#takeOut(entered, entered.form)
      entered.form = undefined
      this.#removed += 1
      if (this.#removed > SPARE && this.#removed * 2 > this.#entered.length) this.#renew()
    }
  }

  /**
   * Gives `take` the stretches of a text that are part of a form, so that each character of them all is in one that was given. Ends
   * early, and returns false, when `take` does.
   *
   * @param words the text as words, `count` of them
   */
  scan(
    reading: { readonly text: string },
    words: Int32Array,
    count: number,
    take: (match: Match<Owner>) => boolean,
  ): boolean {
    const step = this.#stride
    const found = this.#found
    let end = 0
    let at = this.#table.seek(words, 0, count, step)
    while (at !== NONE) {
      found.clear(end)
      this.#look(reading.text, words, at)
      for (const match of found.matches()) if (!take(match)) return false
      end = Math.max(end, found.end)
      // What begins at the end of what was found, and goes on, has one more place to be found at. The rest was compared.
      const next = Math.max(at + 1, found.end === 0 ? 0 : Math.ceil((end - RUN + 1) / WORD))
      at = this.#table.seek(words, Math.ceil(next / step) * step, count, step)
    }
    return true
  }

  /** Finds what one word leads to. */
  #look(text: string, words: Int32Array, at: number): void {
    const word = words[at] ?? 0
    const from = at * WORD
    if (this.#stride === 1) this.#follow(singleKey(word), text, from, WORD)
    if (at % 2 !== 0) return
    this.#follow(pairKey(word, words[at + 1] ?? 0), text, from, 2 * WORD)
    if (at > 0) this.#follow(pairKey(words[at - 1] ?? 0, word), text, from - WORD, 2 * WORD)
  }

  #follow(key: number, text: string, at: number, length: number): void {
    let left = MOST_COMPARED
    for (let ref = this.#table.first(key); ref !== NONE; ref = this.#table.next(ref, key)) {
      const { form, first } = this.#holderOf(ref)
      if (form === undefined) continue
      const place = ref - first + placesOf(form).from
      this.#found.add(
        text,
        left > 0 ? commonRun(text, at, form, place) : pairMatch(at, length, form),
      )
      left -= 1
      if (left < 0) return
    }
  }

  /** References rise with the place in the list. */
  #holderOf(ref: number): Entered<Owner> {
    let low = 0
    let high = this.#entered.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((this.#entered[middle]?.first ?? 0) <= ref) low = middle
      else high = middle - 1
    }
    const holder = this.#entered[low]
    if (holder === undefined) throw new RangeError(`no form at ${ref}`)
    return holder
  }

  #hasRoom(characters: number): boolean {
    return this.#nextRef + characters <= this.#table.room
  }

  #enter(entered: Entered<Owner>, form: Form<Owner>): void {
    const { text } = form
    const { from, end, to, isShort } = placesOf(form)
    entered.first = this.#nextRef
    if (isShort) this.#stride = 1
    const words = new Int32Array(Math.max(0, to - from - WORD + 1))
    for (let i = 0; i < words.length; i += 1) {
      const word = wordAt(text, from + i)
      words[i] = word
      if (!isShort || from + i < end) this.#table.admit(word)
    }
    for (let i = 0; from + i < end; i += 1) {
      const word = words[i] ?? 0
      const key = isShort ? singleKey(word) : pairKey(word, words[i + WORD] ?? 0)
      this.#table.insert(key, this.#nextRef + i)
    }
    this.#nextRef += Math.max(1, end - from)
  }

  #takeOut({ first }: Entered<Owner>, form: Form<Owner>): void {
    const { from, end } = placesOf(form)
    for (let i = 0; from + i < end; i += 1) this.#table.remove(first + i)
  }

  #renew(more = 0): void {
    this.#entered = this.#entered.filter(({ form }) => form !== undefined)
    this.#removed = 0
    this.#stride = 2
    const size = this.#entered.reduce((sum, { form }) => sum + (form?.text.length ?? 0), 0)
    // Half as much again, or the next ones would have it made anew soon.
    this.#table = new GramTable(size * 1.5 + more + 1)
    this.#nextRef = 1
    for (const entered of this.#entered) {
      if (entered.form !== undefined) this.#enter(entered, entered.form)
    }
    for (const { form } of this.#entered) if (form !== undefined) this.#lookUp(form)
  }

  #lookUp(form: Form<Owner>): void {
    const { from, to } = placesOf(form)
    const count = this.#ownWords.load(form.text)
    // Ends with the first stretch that has all of the secret part, or goes through to the end.
    const isUnfound = this.scan(form, this.#ownWords.words, count, ({ start, end }) => {
      return start > from || end < to
    })
    if (isUnfound) this.#onUnfound(form.owner)
  }
}

const MIX = 0x85ebca6b

/** A word alone is common; with the word after it, it is rare. */
function pairKey(word: number, next: number): number {
  return Math.imul(Math.imul(word, MIX) ^ next, MIX)
}

function singleKey(word: number): number {
  return ~Math.imul(word, MIX)
}
