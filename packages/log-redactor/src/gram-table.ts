/** Marks that there is no (further) entry. */
export const NONE = -1

/** 2^32 divided by the golden ratio: Knuth, The Art of Computer Programming, volume 3, section 6.4. */
const FIBONACCI = 0x9e3779b1

/** 32 filter bits an entry: at worst one word in 32 of an innocent line passes. */
const FILTER_BITS_LOG2 = 5

const SMALLEST_LOG2 = 10

/** Fields of an entry, side by side in one array. */
const WORD = 0
const KEY = 1
const REF = 2
const NEXT = 3
const FIELDS = 4

/**
 * Which four-character words occur in any pattern, and where. A bit filter answers for nearly every word of an innocent
 * line, at the same cost for any number of patterns because it grows with them; chains of entries answer for the rest.
 */
export class GramTable {
  #sizeLog2 = SMALLEST_LOG2
  #count = 0
  #entries = new Int32Array(FIELDS << SMALLEST_LOG2)
  #heads = new Int32Array(1 << SMALLEST_LOG2).fill(NONE)
  #filter = new Int32Array(1 << (SMALLEST_LOG2 + FILTER_BITS_LOG2 - 5))

  /** Adds an entry that {@link GramTable.seek} finds by `word`, {@link GramTable.first} by `key`, and that leads to `ref`. */
  insert(word: number, key: number, ref: number): void {
    if (this.#count === this.#heads.length) this.#grow()
    const at = FIELDS * this.#count
    this.#entries[at + WORD] = word
    this.#entries[at + KEY] = key
    this.#entries[at + REF] = ref
    this.#link(this.#count)
    this.#count += 1
  }

  /** The first place from `from` on, in steps of `stride`, whose word may be that of an entry, or {@link NONE}. */
  seek(words: Int32Array, from: number, end: number, stride: number): number {
    const filter = this.#filter
    const shift = this.#filterShift()
    for (let i = from; i < end; i += stride) {
      const hash = Math.imul(words[i] ?? 0, FIBONACCI) >>> shift
      if (((filter[hash >>> 5] ?? 0) & (1 << hash)) !== 0) return i
    }
    return NONE
  }

  /** The first entry under `key`, or {@link NONE}. */
  first(key: number): number {
    return this.#under(key, this.#heads[key >>> (32 - this.#sizeLog2)] ?? NONE)
  }

  /** The entry under `key` after `entry`, or {@link NONE}. */
  next(entry: number, key: number): number {
    return this.#under(key, this.#entries[FIELDS * entry + NEXT] ?? NONE)
  }

  /** Where `entry` leads. */
  ref(entry: number): number {
    return this.#entries[FIELDS * entry + REF] ?? NONE
  }

  #under(key: number, start: number): number {
    let entry = start
    while (entry !== NONE && this.#entries[FIELDS * entry + KEY] !== key) {
      entry = this.#entries[FIELDS * entry + NEXT] ?? NONE
    }
    return entry
  }

  #filterShift(): number {
    return 32 - this.#sizeLog2 - FILTER_BITS_LOG2
  }

  #link(entry: number): void {
    const at = FIELDS * entry
    const hash = Math.imul(this.#entries[at + WORD] ?? 0, FIBONACCI) >>> this.#filterShift()
    this.#filter[hash >>> 5] = (this.#filter[hash >>> 5] ?? 0) | (1 << hash)
    const head = (this.#entries[at + KEY] ?? 0) >>> (32 - this.#sizeLog2)
    this.#entries[at + NEXT] = this.#heads[head] ?? NONE
    this.#heads[head] = entry
  }

  #grow(): void {
    this.#sizeLog2 += 1
    const entries = new Int32Array(FIELDS << this.#sizeLog2)
    entries.set(this.#entries)
    this.#entries = entries
    this.#heads = new Int32Array(1 << this.#sizeLog2).fill(NONE)
    this.#filter = new Int32Array(1 << (this.#sizeLog2 + FILTER_BITS_LOG2 - 5))
    for (let entry = 0; entry < this.#count; entry += 1) this.#link(entry)
  }
}
