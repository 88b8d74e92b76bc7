import { ByteBuffer, type ByteRuns, DecodedBytes } from './decoded-bytes.ts'
import { DIGITS, readDigits } from './digit-runs.ts'
import type { PrintedRun, Printing } from './printed-bytes.ts'
import { PerDepth } from './reading.ts'

type Read = (
  text: string,
  runs: readonly PrintedRun[],
  buffer: ByteBuffer,
) => Iterable<DecodedBytes>

const PRINTERS: ReadonlyMap<Printing, Read> = new Map([
  ...DIGITS.map((digits): [Printing, Read] => [
    digits.way,
    (text, runs, { memory }) => readDigits(text, runs, digits, memory),
  ]),
  ['pairs', readPairs],
  ['numbers', readNumbers],
])

const buffers = new PerDepth(() => new ByteBuffer())

/**
 * The bytes that `text` prints in these runs, at each alignment that they may have. The runs of one way are read together, with a
 * gap between, because reading each by itself would cost many times as much.
 *
 * @param depth of the text in others: a reading lasts until the next of that depth
 */
export function* byteRuns(
  text: string,
  runs: readonly PrintedRun[],
  depth: number,
): Generator<ByteRuns> {
  for (const [way, read] of PRINTERS) {
    const own = runs.filter((run) => run.way === way)
    if (own.length === 0) continue
    for (const bytes of read(text, own, buffers.at(depth))) yield* withUtf16(bytes)
  }
}

/** Between two runs; no text has it. */
const GAP = 0xff

/** Reads runs into one buffer, which keeps the place of each byte. */
function readInto(
  buffer: ByteBuffer,
  encoding: string,
  runs: readonly PrintedRun[],
  read: (run: PrintedRun) => void,
): DecodedBytes {
  buffer.clear(runs.reduce((sum, { start, end }) => sum + end - start + 1, 0))
  const begins = runs.map((run, i) => {
    const begin = buffer.size
    read(run)
    // What is found from it on is in the next run, and up to it in this one.
    buffer.push(GAP, runs[i + 1]?.start ?? run.end, run.end)
    return begin
  })
  return new DecodedBytes(buffer.memory, buffer.size, encoding, begins, {
    startOf: (index) => buffer.startOf(index),
    endOf: (index) => buffer.endOf(index),
  })
}

const HEX_VALUES = Int8Array.from({ length: 128 }, (_, code) => {
  const value = parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(value) ? -1 : value
})

/** Reads bytes of two hexadecimal digits each, with something between, perhaps `0x`. */
function* readPairs(
  text: string,
  runs: readonly PrintedRun[],
  buffer: ByteBuffer,
): Generator<DecodedBytes> {
  yield readInto(buffer, 'hex', runs, ({ start, end }) => {
    for (let i = start; i + 1 < end; i += 1) {
      const high = HEX_VALUES[text.charCodeAt(i)] ?? -1
      if (high < 0) continue
      const low = HEX_VALUES[text.charCodeAt(i + 1)] ?? -1
      if (low < 0) continue
      buffer.push(high * 16 + low, i, i + 2)
      i += 1
    }
  })
}

const ZERO = 0x30
const COLON = 0x3a

/** Reads numbers up to 255, each a byte: all of them, and those that are the value of their place, `"0":104,"1":101`. */
function* readNumbers(
  text: string,
  runs: readonly PrintedRun[],
  buffer: ByteBuffer,
): Generator<DecodedBytes> {
  const hasPlaces = runs.some(({ start, end }) => text.slice(start, end).includes(':'))
  for (const afterColon of hasPlaces ? [false, true] : [false]) {
    yield readInto(buffer, 'bytes', runs, (run) => {
      takeNumbers(text, run, buffer, afterColon)
    })
  }
}

function takeNumbers(
  text: string,
  { start, end }: PrintedRun,
  buffer: ByteBuffer,
  afterColon: boolean,
): void {
  let isAfter = false
  for (let at = start; at < end;) {
    const first = at
    let value = 0
    let digit = text.charCodeAt(at) - ZERO
    while (digit >= 0 && digit <= 9) {
      // What is no byte grows no further, or it would become a number that is slow to multiply.
      if (value < 256) value = value * 10 + digit
      at += 1
      digit = at < end ? text.charCodeAt(at) - ZERO : NaN
    }
    if (at > first) {
      if (value < 256 && (isAfter || !afterColon)) buffer.push(value, first, at)
      isAfter = false
    } else {
      at += 1
    }
    if (digit === COLON - ZERO) isAfter = true
  }
}

/** Of a text in UTF-16, so many characters of a script that needs one byte each. */
const UTF16 = 6

function* withUtf16(bytes: DecodedBytes): Generator<ByteRuns> {
  yield bytes
  if (!hasUtf16(bytes)) return
  for (const skipped of [0, 1]) yield readUtf16(bytes, skipped)
}

/** In so many characters, which are twelve bytes, one of the first two of each eight is a zero. */
function hasUtf16({ bytes, length }: DecodedBytes): boolean {
  for (let at = 0; at < length; at += 8) {
    if (bytes[at] === 0 && pairsAround(bytes, at, length) >= UTF16) return true
    if (bytes[at + 1] === 0 && pairsAround(bytes, at + 1, length) >= UTF16) return true
  }
  return false
}

/** How many characters there are in a row, of which the zero at `zero` ends one. */
function pairsAround(bytes: Uint8Array, zero: number, length: number): number {
  const isPair = (at: number) => at > 0 && at < length && bytes[at] === 0 && bytes[at - 1] !== 0
  let pairs = 0
  for (let at = zero; pairs < UTF16 && isPair(at); at -= 2) pairs += 1
  for (let at = zero + 2; pairs < UTF16 && isPair(at); at += 2) pairs += 1
  return pairs
}

/** Reads two bytes as one character of UTF-16LE, after the first `skipped`. */
function readUtf16(bytes: DecodedBytes, skipped: number): ByteRuns {
  const { encoding, startOf, endOf } = bytes
  const end = bytes.length - ((bytes.length - skipped) % 2)
  const text = bytes.buffer(skipped, end).toString('utf16le')
  return {
    text,
    length: text.length,
    encoding,
    runs: [],
    startOf: (index) => startOf(2 * index + skipped),
    endOf: (index) => endOf(2 * index + skipped + 1),
  }
}
