import { isLowEntropy } from '@rekey/secret/internal'
import { WORD } from './text-words.ts'

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

/** A stretch this long that a text shares with a form is found, wherever it is in the form. */
export const RUN = 11

/** The matches at one place of a text: all overlap, so those that reach furthest cover the others. */
export class FurthestMatches<Owner> {
  /** Where the longest of them ends; 0 if there are none. */
  end = 0
  #known = 0
  #longest: Match<Owner> | undefined
  #first: Match<Owner> | undefined
  #last: Match<Owner> | undefined

  /** Forgets them. What ends by `known` has been found before. */
  clear(known: number): void {
    this.end = 0
    this.#known = known
    this.#longest = this.#first = this.#last = undefined
  }

  /** Adds a match; of two that are alike the later one counts. */
  add(text: string, match: FormMatch<Owner> | undefined): void {
    if (match === undefined) return
    const { start, end } = match
    const isLongest = this.#longest === undefined || end - start >= lengthOf(this.#longest)
    const isFirst = this.#first === undefined || start < this.#first.start
    const isLast = end > this.end
    if (!(isLongest || isFirst || isLast) || !isSecret(text, match)) return
    if (isLongest) this.#longest = match
    if (isFirst) this.#first = match
    if (isLast) this.#last = match
    this.end = Math.max(this.end, end)
  }

  /** Those that reach furthest, the longest of all first, without what was found before. */
  *matches(): Generator<Match<Owner>> {
    if (this.#longest === undefined) return
    const { start, end } = this.#longest
    if (end > this.#known) yield this.#longest
    if (this.#first !== undefined && this.#first.start < start) yield this.#first
    if (this.#last !== undefined && this.#last.end > end) yield this.#last
  }
}

/** A match, and whether it is a form as a whole. */
interface FormMatch<Owner> extends Match<Owner> {
  readonly isWhole: boolean
}

const lengthOf = ({ start, end }: { readonly start: number; readonly end: number }) => end - start

/** A part of a form counts if it could not be a word that people write. */
function isSecret(text: string, { start, end, isWhole }: FormMatch<unknown>): boolean {
  return isWhole || !isLowEntropy(text.slice(start, end))
}

const secretPart = ({ text, within }: Form<unknown>) => within ?? ([0, text.length] as const)

/** The places of a form that are in the table: from the first up to `end`. Those of a short form, which is found whole, are the first four. */
export function placesOf(form: Form<unknown>) {
  const [from, to] = secretPart(form)
  const isShort = form.enough < RUN
  const end = isShort ? Math.min(to - WORD, from + WORD - 1) + 1 : to - 2 * WORD + 1
  return { from, to, end, isShort }
}

/** The pair of words at `at` alone, of a form that has it. */
export function pairMatch<Owner>(
  at: number,
  length: number,
  { owner }: Form<Owner>,
): FormMatch<Owner> {
  return { start: at, end: at + length, owner, isWhole: false }
}

/** The stretch around `at` that `text` shares with a form around `offset`, if it is long enough. */
export function commonRun<Owner>(
  text: string,
  at: number,
  form: Form<Owner>,
  offset: number,
): FormMatch<Owner> | undefined {
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
  const [from, to] = secretPart(form)
  const inside = Math.min(offset + after, to) - Math.max(offset - before, from)
  if (inside < form.enough) return undefined
  const isWhole = before + after === wanted.length
  return { start: at - before, end: at + after, owner: form.owner, isWhole }
}
