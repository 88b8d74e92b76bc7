/** Marks that there is no (further) entry. */
export const NONE = -1

/** 2^32 divided by the golden ratio: Knuth, The Art of Computer Programming, volume 3, section 6.4. */
const FIBONACCI = 0x9e3779b1 | 0

const SMALLEST_LOG2 = 10

/** A pair of words in more values than this is structure, such as the start of every key of one type, and no part of a secret. */
const MOST_ALIKE = 8

/**
 * Which four-character words occur in any value, and where. A filter of 32 bits an entry, two of them set, answers for nearly every
 * word of an innocent line, at the same cost for any number of values because it grows with them (Bloom, "Space/Time Trade-offs in
 * Hash Coding with Allowable Errors", CACM 1970); a table with open addressing answers for the rest.
 */
export class GramTable {
  readonly #sizeLog2: number
  readonly #keys: Int32Array
  /** 0 where there is no entry. */
  readonly #refs: Uint32Array
  readonly #filter: Int32Array
  /** Leaves of a hash the bits that choose 32 of the filter. */
  readonly #wordShift: number
  /** Leaves of it those after them as the last, which choose a bit of these; the last five of the hash choose another. */
  readonly #bitShift: number
  #count = 0

  /** Creates a table with room for `entries`. */
  constructor(entries = 0) {
    this.#sizeLog2 = Math.max(SMALLEST_LOG2, Math.ceil(Math.log2(entries * 1.5 + 1)))
    this.#keys = new Int32Array(1 << this.#sizeLog2)
    this.#refs = new Uint32Array(1 << this.#sizeLog2)
    this.#wordShift = 32 - this.#sizeLog2
    this.#bitShift = this.#wordShift - 5
    this.#filter = new Int32Array(1 << this.#sizeLog2)
  }

  /** How many entries it has room for. */
  get room(): number {
    return (1 << this.#sizeLog2) * 0.7 - this.#count
  }

  /** Lets {@link GramTable.seek} stop at `word`. */
  admit(word: number): void {
    const hash = Math.imul(word, FIBONACCI)
    const at = hash >>> this.#wordShift
    this.#filter[at] = (this.#filter[at] ?? 0) | (1 << hash) | (1 << (hash >>> this.#bitShift))
  }

  /** Adds an entry that {@link GramTable.first} finds by `key`, and that leads to `ref`, which is above 0. */
  insert(key: number, ref: number): void {
    const mask = this.#keys.length - 1
    let slot = this.#home(key)
    for (let alike = 0; this.#refs[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#keys[slot] === key) alike += 1
      if (alike === MOST_ALIKE) return
    }
    this.#keys[slot] = key
    this.#refs[slot] = ref
    this.#count += 1
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

  /** The first entry under `key`, or {@link NONE}. */
  first(key: number): number {
    return this.#from(this.#home(key), key)
  }

  /** The entry under `key` after `entry`, or {@link NONE}. */
  next(entry: number, key: number): number {
    return this.#from((entry + 1) & (this.#keys.length - 1), key)
  }

  /** Where `entry` leads. */
  ref(entry: number): number {
    return this.#refs[entry] ?? 0
  }

  #from(start: number, key: number): number {
    const mask = this.#keys.length - 1
    for (let slot = start; this.#refs[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#keys[slot] === key) return slot
    }
    return NONE
  }

  #home(key: number): number {
    return Math.imul(key, FIBONACCI) >>> (32 - this.#sizeLog2)
  }
}
