import type { Reading } from './reading.ts'
import { TextWords } from './text-words.ts'

/** Bytes as a text spells them, all that are printed in one way, and where. */
export interface ByteRuns extends Reading {
  /** `base64`, `hex`, … */
  readonly encoding: string
  /** Where in {@link Reading.text} each run begins; none where they are text for certain. */
  readonly runs: readonly number[]
}

/** Bytes, of which few are ever read as a text. */
export class DecodedBytes implements ByteRuns {
  readonly bytes: Uint8Array
  readonly words: Int32Array
  readonly length: number
  readonly encoding: string
  readonly runs: readonly number[]
  readonly startOf: Reading['startOf']
  readonly endOf: Reading['endOf']
  #text: string | undefined

  constructor(
    memory: TextWords,
    length: number,
    encoding: string,
    runs: readonly number[],
    places: Pick<Reading, 'startOf' | 'endOf'>,
  ) {
    this.bytes = memory.room(length)
    this.words = memory.words
    this.length = length
    this.encoding = encoding
    this.runs = runs
    this.startOf = places.startOf
    this.endOf = places.endOf
  }

  get text(): string {
    return (this.#text ??= this.buffer(0, this.length).toString('latin1'))
  }

  buffer(start: number, end: number): Buffer {
    const { buffer, byteOffset } = this.bytes
    return Buffer.from(buffer, byteOffset + start, end - start)
  }
}

/** Bytes with their places. One buffer serves many readings, one after the other: each lasts until the next. */
export class ByteBuffer {
  readonly memory = new TextWords()
  #bytes = this.memory.room(0)
  #starts = new Uint32Array(0)
  #ends = new Uint32Array(0)
  size = 0

  /** Empties it, and makes room for so many bytes. */
  clear(room: number): void {
    this.size = 0
    this.#bytes = this.memory.room(room)
    if (room <= this.#starts.length) return
    this.#starts = new Uint32Array(this.#bytes.length)
    this.#ends = new Uint32Array(this.#bytes.length)
  }

  push(byte: number, start: number, end: number): void {
    this.#bytes[this.size] = byte
    this.#starts[this.size] = start
    this.#ends[this.size] = end
    this.size += 1
  }

  startOf(index: number): number {
    return this.#starts[index] ?? 0
  }

  endOf(index: number): number {
    return this.#ends[index] ?? 0
  }
}
