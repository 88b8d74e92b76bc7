import { endianness } from 'node:os'

/** A text that was read out of another, and where the spelling of each of its characters stands there. */
export interface Reading {
  readonly text: string
  readonly length: number
  /** Its characters as those of {@link TextWords}, where they are at hand. */
  readonly words?: Int32Array
  /** Where the spelling of the character at `index` begins. */
  readonly startOf: (index: number) => number
  /** Where it ends. */
  readonly endOf: (index: number) => number
}

/** `inner`, which was read out of `outer`, by places in what that was read from. */
export function placedIn(outer: Reading | undefined, inner: Reading): Reading {
  if (outer === undefined) return inner
  return {
    get text() {
      return inner.text
    },
    length: inner.length,
    ...(inner.words !== undefined && { words: inner.words }),
    startOf: (index) => outer.startOf(inner.startOf(index)),
    endOf: (index) => outer.endOf(inner.endOf(index) - 1),
  }
}

/** Parts of a reading, one after the other; they rise. */
export function partsOf(
  reading: Reading,
  parts: readonly { readonly start: number; readonly end: number }[],
): Reading {
  let text = ''
  const begins = parts.map(({ start, end }) => {
    const begin = text.length
    text += reading.text.slice(start, end)
    return begin
  })
  const placeOf = (index: number) => {
    const at = lastUpTo(begins, index)
    return index - (begins[at] ?? 0) + (parts[at]?.start ?? 0)
  }
  return {
    text,
    length: text.length,
    startOf: (index) => reading.startOf(placeOf(index)),
    endOf: (index) => reading.endOf(placeOf(index)),
  }
}

/** The place of the last of `numbers`, which rise, that is no more than `most`. */
export function lastUpTo(numbers: ArrayLike<number>, most: number): number {
  let low = 0
  let high = numbers.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((numbers[middle] ?? 0) <= most) low = middle
    else high = middle - 1
  }
  return low
}

const NATIVE = endianness() === 'LE' ? 'utf16le' : undefined

/** Characters that are read, with their places. One buffer serves many readings, one after the other: each lasts until the next. */
export class CharacterBuffer {
  codes = new Uint16Array(0)
  starts = new Uint32Array(0)
  ends = new Uint32Array(0)
  size = 0

  /** Empties it, and makes room for so many characters. */
  clear(room: number): void {
    this.size = 0
    if (room <= this.codes.length) return
    const size = 2 ** Math.max(10, Math.ceil(Math.log2(room)))
    this.codes = new Uint16Array(size)
    this.starts = new Uint32Array(size)
    this.ends = new Uint32Array(size)
  }

  push(code: number, start: number, end: number): void {
    this.codes[this.size] = code
    this.starts[this.size] = start
    this.ends[this.size] = end
    this.size += 1
  }

  text(): string {
    const { codes, size } = this
    if (NATIVE !== undefined) return Buffer.from(codes.buffer, 0, 2 * size).toString(NATIVE)
    return Array.from(codes.subarray(0, size), (code) => String.fromCharCode(code)).join('')
  }

  reading(): Reading {
    const { starts, ends } = this
    return {
      text: this.text(),
      length: this.size,
      startOf: (index) => starts[index] ?? 0,
      endOf: (index) => ends[index] ?? 0,
    }
  }
}

/** A buffer for each depth of encodings in encodings. */
export class PerDepth<Buffer> {
  readonly #buffers: Buffer[] = []
  readonly #make: () => Buffer

  constructor(make: () => Buffer) {
    this.#make = make
  }

  at(depth: number): Buffer {
    return (this.#buffers[depth] ??= this.#make())
  }
}
