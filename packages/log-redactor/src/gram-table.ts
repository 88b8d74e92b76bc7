/** Marks that there is no (further) entry. */
export const NONE = -1

/** 2^32 divided by the golden ratio: Knuth, The Art of Computer Programming, volume 3, section 6.4. */
const FIBONACCI = 0x9e3779b1 | 0

const SMALLEST_LOG2 = 10

/** Entries for each chain and each 32 bits of the filter: with more, that would let more words through. */
const LOAD = 0.7

/**
 * Which four-character words occur in any value, and where. A filter of 32 bits an entry, two of them set, answers for nearly every
 * word of an innocent line, at the same cost for any number of values because it grows with them (Bloom, "Space/Time Trade-offs in
 * Hash Coding with Allowable Errors", CACM 1970); a table of chains answers for the rest. An entry is taken out of its chain in
 * one step; the filter forgets nothing.
 */
export class GramTable {
  /** The greatest reference that an entry may have. */
  readonly room: number
  readonly #sizeLog2: number
  /** The first entry of each chain; 0 where there is none, here and below. */
  readonly #heads: Uint32Array
  readonly #keys: Int32Array
  readonly #next: Uint32Array
  readonly #previous: Uint32Array
  readonly #filter: Int32Array
  /** Leaves of a hash the bits that choose 32 of the filter. */
  readonly #wordShift: number
  /** Leaves of it those after them as the last, which choose a bit of these; the last five of the hash choose another. */
  readonly #bitShift: number

  /** Creates a table with room for references up to `most` or a greater one. */
  constructor(most = 0) {
    this.#sizeLog2 = Math.max(SMALLEST_LOG2, Math.ceil(Math.log2(most / LOAD + 1)))
    const size = 1 << this.#sizeLog2
    this.room = Math.floor(size * LOAD)
    this.#heads = new Uint32Array(size)
    this.#keys = new Int32Array(this.room + 1)
    this.#next = new Uint32Array(this.room + 1)
    this.#previous = new Uint32Array(this.room + 1)
    this.#wordShift = 32 - this.#sizeLog2
    this.#bitShift = this.#wordShift - 5
    this.#filter = new Int32Array(size)
  }

  /** Lets {@link GramTable.seek} stop at `word`. */
  admit(word: number): void {
    const hash = Math.imul(word, FIBONACCI)
    const at = hash >>> this.#wordShift
    this.#filter[at] = (this.#filter[at] ?? 0) | (1 << hash) | (1 << (hash >>> this.#bitShift))
  }

  /** Adds an entry that {@link GramTable.first} finds by `key`, under a reference from 1 up to {@link GramTable.room} that is not in use. */
  insert(key: number, ref: number): void {
    const chain = this.#chain(key)
    const next = this.#heads[chain] ?? 0
    this.#heads[chain] = ref
    this.#keys[ref] = key
    this.#next[ref] = next
    this.#previous[ref] = 0
    if (next !== 0) this.#previous[next] = ref
  }

  /** Takes out an entry that was inserted. */
  remove(ref: number): void {
    const next = this.#next[ref] ?? 0
    const previous = this.#previous[ref] ?? 0
    if (previous !== 0) this.#next[previous] = next
    else this.#heads[this.#chain(this.#keys[ref] ?? 0)] = next
    if (next !== 0) this.#previous[next] = previous
  }

  /** The first place from `from` on, in steps of `stride`, whose word was admitted, or {@link NONE}. */
  seek(words: Int32Array, from: number, end: number, stride: number): number {
    const filter = this.#filter
    const shift = this.#wordShift
    let at = from
    // Nearly none has even one bit, so four are looked up before a branch is taken: that takes two thirds of the time.
    for (const last = end - 3 * stride; at < last; at += 4 * stride) {
      const one = Math.imul(words[at] ?? 0, FIBONACCI)
      const two = Math.imul(words[at + stride] ?? 0, FIBONACCI)
      const three = Math.imul(words[at + 2 * stride] ?? 0, FIBONACCI)
      const four = Math.imul(words[at + 3 * stride] ?? 0, FIBONACCI)
      const bits =
        ((filter[one >>> shift] ?? 0) >>> one) |
        ((filter[two >>> shift] ?? 0) >>> two) |
        ((filter[three >>> shift] ?? 0) >>> three) |
        ((filter[four >>> shift] ?? 0) >>> four)
      if ((bits & 1) === 0) continue
      const found = this.#seekEach(words, at, at + 4 * stride, stride)
      if (found !== NONE) return found
    }
    return this.#seekEach(words, at, end, stride)
  }

  #seekEach(words: Int32Array, from: number, end: number, stride: number): number {
    for (let at = from; at < end; at += stride) {
      const hash = Math.imul(words[at] ?? 0, FIBONACCI)
      const bits = this.#filter[hash >>> this.#wordShift] ?? 0
      if (((bits >>> hash) & (bits >>> (hash >>> this.#bitShift)) & 1) === 1) return at
    }
    return NONE
  }

  /** The reference of the newest entry under `key`, or {@link NONE}. */
  first(key: number): number {
    return this.#from(this.#heads[this.#chain(key)] ?? 0, key)
  }

  /** The reference of the entry under `key` that is older than `ref`, or {@link NONE}. */
  next(ref: number, key: number): number {
    return this.#from(this.#next[ref] ?? 0, key)
  }

  #from(start: number, key: number): number {
    let ref = start
    while (ref !== 0 && this.#keys[ref] !== key) ref = this.#next[ref] ?? 0
    return ref === 0 ? NONE : ref
  }

  #chain(key: number): number {
    return Math.imul(key, FIBONACCI) >>> (32 - this.#sizeLog2)
  }
}
