import type { Owner } from '../owner.ts'
import { plainText } from '../plain-text.ts'
import { passwordsOfUrls, schemeTokens } from './find-foreign.ts'
import { namedValues } from './named-values.ts'

/** A place where a weak value stands as a value, and not as a word. */
export interface WeakPlace {
  readonly start: number
  readonly end: number
  readonly owner: Owner
}

/** Values that people write too, such as `changeme` or `7Qx`: they are masked where the text around makes them a value, and nowhere else. */
export class WeakValues {
  readonly #owners = new Map<string, Owner>()

  get isEmpty(): boolean {
    return this.#owners.size === 0
  }

  add(text: string, { name, version }: Pick<Owner, 'name' | 'version'>): void {
    if (text === '') return
    const known = { name, ...(version !== undefined && { version }) }
    this.#owners.set(text, { ...known, kind: 'secret', encoding: 'text' })
  }

  remove(text: string): void {
    this.#owners.delete(text)
  }

  /** Under the name of a secret, in the user part of a URL, after a scheme of an `Authorization` header, or as a whole string or assigned text. */
  *find(text: string): Generator<WeakPlace> {
    for (const { start, end } of [...namedValues(text), ...passwordsOfUrls(text)]) {
      yield* this.#at(text, start, end)
    }
    for (const { token, start, end, password } of schemeTokens(text)) {
      const owner = this.#owners.get(token) ?? this.#owners.get(password ?? token)
      if (owner !== undefined) yield { start, end, owner }
    }
    for (const [value, owner] of this.#owners) {
      if (isWord(value)) continue
      for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + value.length)) {
        const end = at + value.length
        if (isWhole(text, at, end)) yield { start: at, end, owner }
      }
    }
  }

  *#at(text: string, start: number, end: number): Generator<WeakPlace> {
    const value = text.slice(start, end)
    const owner = this.#owners.get(value) ?? this.#owners.get(plainText(value))
    if (owner !== undefined) yield { start, end, owner }
  }
}

/** Letters alone, digits alone and what has no letter or digit are words, numbers and the structure of lines. */
const isWord = (value: string) => /^(?:\p{L}+|\d+|[^\p{L}\d]+|.{1,2})$/su.test(value)

/** Whether quotes are on both sides, or a sign that assigns it before and a separator behind. */
function isWhole(text: string, start: number, end: number): boolean {
  const before = text[start - 1] ?? ''
  const after = text[end] ?? ''
  if (/["'`]/.test(before)) return after === before || (after === '\\' && text[end + 1] === before)
  return before === '=' && /^[\s&;,"'\\)]?$/.test(after)
}
