import { GramTable, NONE } from './gram-table.ts'
import { WORD, wordAt } from './text-words.ts'

/** A text to find, whole or a part of it. */
export interface Form<Owner> {
  readonly text: string
  /** How many characters in a row are found; all of them where less would be chance. */
  readonly enough: number
  /** The part that those must be in, from the first up to the second; all of it unless the rest is public, such as a host name. */
  readonly within?: readonly [from: number, to: number]
  readonly owner: Owner
}

/** Where a form was found: from `start` up to `end`. */
export interface Match<Owner> {
  readonly start: number
  readonly end: number
  readonly owner: Owner
}

/** The shortest form that can be found: any such stretch of a text has one whole word in it. */
export const MIN_FORM = 7

/** A stretch this long that a text shares with a form is found, wherever it is in the form. */
const RUN = 11

/** Text with a quote. Bytes, which have control characters, are not quoted. */
const QUOTED = /^[^\0-\x08\x0e-\x1f\x7f-\xbf]*['"][^\0-\x08\x0e-\x1f\x7f-\xbf]*$/

/** Removed forms that may lie about before the table is made anew. */
const SPARE = 1_000

interface Entered<Owner> {
  /** Absent when it was removed. */
  form: Form<Owner> | undefined
  /** The reference of its first character. */
  base: number
}

/**
 * Finds what a text has in common with any of many forms, by looking at every eighth character of it, at a cost that does not
 * depend on how many there are. Each form is entered with every pair of words in it; in {@link RUN} common characters there is a word
 * at such a place with the word after or before it. This is the q-sample filter of Sutinen and Tarhio, "Filtration with q-Samples
 * in Approximate String Matching" (CPM 1996), with no errors allowed.
 *
 * The forms keep their texts; it has nothing but positions in them.
 */
export class ValueIndex<Owner> {
  #table = new GramTable()
  #entered: Entered<Owner>[] = []
  #nextBase = 1
  #removed = 0
  #stride = 2
  #hasQuotes = false

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
    if (this.#table.room < characters) this.#renew(characters)
  }

  /** Adds a form of at least {@link MIN_FORM} characters, and returns the way to take it out. */
  add(form: Form<Owner>): () => void {
    const entered: Entered<Owner> = { form, base: this.#nextBase }
    this.#entered.push(entered)
    this.#hasQuotes ||= QUOTED.test(form.text)
    if (this.#table.room < form.text.length) this.#renew()
    else this.#enter(form)
    return () => {
      if (entered.form === undefined) return
      entered.form = undefined
      this.#removed += 1
      if (this.#removed > SPARE && this.#removed * 2 > this.#entered.length) this.#renew()
    }
  }

  /**
   * Gives `take` each stretch of a text that is part of a form, in order; of those that begin within another, the one that was found
   * first. Ends early, and returns false, when `take` does.
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
    let at = this.#table.seek(words, 0, count, step)
    while (at !== NONE) {
      const match = this.#look(reading.text, words, at)
      if (match !== undefined && !take(match)) return false
      // What has been found is not looked at again, or its length would count twice.
      const next = match === undefined ? at + 1 : Math.max(at + 1, Math.floor(match.end / WORD))
      at = this.#table.seek(words, Math.ceil(next / step) * step, count, step)
    }
    return true
  }

  /** The longest stretch that one word leads to. */
  #look(text: string, words: Int32Array, at: number): Match<Owner> | undefined {
    const word = words[at] ?? 0
    const from = at * WORD
    let best: Match<Owner> | undefined
    if (this.#stride === 1) best = this.#follow(singleKey(word), text, from, best)
    if (at % 2 !== 0) return best
    best = this.#follow(pairKey(word, words[at + 1] ?? 0), text, from, best)
    if (at === 0) return best
    return this.#follow(pairKey(words[at - 1] ?? 0, word), text, from - WORD, best)
  }

  #follow(key: number, text: string, at: number, so: Match<Owner> | undefined) {
    let best = so
    for (let e = this.#table.first(key); e !== NONE; e = this.#table.next(e, key)) {
      const ref = this.#table.ref(e)
      const { form, base } = this.#holderOf(ref)
      const match = form && commonRun(text, at, form, ref - base)
      if (match === undefined) continue
      if (best === undefined || match.end - match.start > best.end - best.start) best = match
    }
    return best
  }

  /** Bases rise with the place in the list. */
  #holderOf(ref: number): Entered<Owner> {
    let low = 0
    let high = this.#entered.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((this.#entered[middle]?.base ?? 0) <= ref) low = middle
      else high = middle - 1
    }
    const holder = this.#entered[low]
    if (holder === undefined) throw new RangeError(`no form at ${ref}`)
    return holder
  }

  #enter({ text, enough }: Form<Owner>): void {
    const base = this.#nextBase
    this.#nextBase += text.length
    const isShort = enough < RUN
    if (isShort) this.#stride = 1
    const last = text.length - (isShort ? WORD : 2 * WORD)
    const end = isShort ? Math.min(last, WORD - 1) : last
    const words = new Int32Array(text.length - WORD + 1)
    for (let at = 0; at < words.length; at += 1) {
      const word = wordAt(text, at)
      words[at] = word
      if (!isShort || at <= end) this.#table.admit(word)
    }
    for (let at = 0; at <= end; at += 1) {
      const word = words[at] ?? 0
      const key = isShort ? singleKey(word) : pairKey(word, words[at + WORD] ?? 0)
      this.#table.insert(key, base + at)
    }
  }

  #renew(more = 0): void {
    this.#entered = this.#entered.filter(({ form }) => form !== undefined)
    this.#removed = 0
    this.#stride = 2
    const size = this.#entered.reduce((sum, { form }) => sum + (form?.text.length ?? 0), more)
    this.#table = new GramTable(size)
    this.#nextBase = 1
    for (const entered of this.#entered) {
      entered.base = this.#nextBase
      if (entered.form !== undefined) this.#enter(entered.form)
    }
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

/** The stretch around `at` that `text` shares with a form around `offset`, if it is long enough. */
function commonRun<Owner>(
  text: string,
  at: number,
  form: Form<Owner>,
  offset: number,
): Match<Owner> | undefined {
  const wanted = form.text
  const most = Math.min(at, offset)
  let before = 0
  while (
    before < most &&
    text.charCodeAt(at - before - 1) === wanted.charCodeAt(offset - before - 1)
  ) {
    before += 1
  }
  const rest = wanted.length - offset
  let after = 0
  while (after < rest && text.charCodeAt(at + after) === wanted.charCodeAt(offset + after)) {
    after += 1
  }
  const [from, to] = form.within ?? [0, wanted.length]
  const inside = Math.min(offset + after, to) - Math.max(offset - before, from)
  if (inside < form.enough) return undefined
  return { start: at - before, end: at + after, owner: form.owner }
}
