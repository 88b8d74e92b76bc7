import { base62At, KEY_ID_LENGTH } from './api-key-format.ts'
import { HALF, idEndOf, type KeyEntry } from './key-entry.ts'

/** The entries of key ids, found where an id stands in a text: no other text is made, and of the keys one entry is looked at. */
export class EntryMap {
  /** By the first half of the id. */
  readonly #entries = new Map<number, KeyEntry>()
  /** By the whole id, where the first half is that of another one: a handful among 100,000. */
  readonly #alike = new Map<string, KeyEntry>()

  /** The entry of the id that stands in `text` from `at` on. Only for an id by the rules it is certainly of that id. */
  get(text: string, at = 0): KeyEntry | undefined {
    const entry = this.#entries.get(base62At(text, at, HALF))
    if (entry?.idEnd === base62At(text, at + HALF, HALF)) return entry
    return this.#alike.size === 0 ? undefined : this.#alike.get(text.slice(at, at + KEY_ID_LENGTH))
  }

  /** Sets the entry of an id that has none. */
  add(keyId: string, entry: KeyEntry): void {
    const half = base62At(keyId, 0, HALF)
    if (this.#entries.has(half)) this.#alike.set(keyId, entry)
    else this.#entries.set(half, entry)
  }

  delete(keyId: string): void {
    if (this.#alike.delete(keyId)) return
    const half = base62At(keyId, 0, HALF)
    if (this.#entries.get(half)?.idEnd === idEndOf(keyId)) this.#entries.delete(half)
  }
}
