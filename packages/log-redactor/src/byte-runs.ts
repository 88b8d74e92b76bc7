import { DIGITS, readDigits } from './digit-runs.ts'
import type { PrintedRun, Printing } from './printed-bytes.ts'
import { type CharacterBuffer, CharacterBuffers, type Reading } from './reading.ts'

/** Bytes as a text spells them, all that are printed in one way, and where. */
export interface ByteRuns extends Reading {
  /** `base64`, `hex`, … */
  readonly encoding: string
  /** Where in {@link Reading.text} each run begins; none where they are text for certain. */
  readonly runs: readonly number[]
}

type Read = (text: string, runs: readonly PrintedRun[], depth: number) => Iterable<ByteRuns>

const PRINTERS: ReadonlyMap<Printing, Read> = new Map([
  ...DIGITS.map((digits): [Printing, Read] => [
    digits.way,
    (text, runs) => readDigits(text, runs, digits),
  ]),
  ['pairs', readPairs],
  ['numbers', readNumbers],
])

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
    for (const bytes of read(text, own, depth)) yield* withUtf16(bytes)
  }
}

const buffers = new CharacterBuffers()

/** Between two runs; no text has it. */
const GAP = 0xff

/** Reads runs into one buffer, which keeps the place of each byte. */
function readInto(
  buffer: CharacterBuffer,
  runs: readonly PrintedRun[],
  read: (run: PrintedRun) => void,
): Omit<ByteRuns, 'encoding'> {
  buffer.clear(runs.reduce((sum, { start, end }) => sum + end - start + 1, 0))
  const begins = runs.map((run) => {
    const begin = buffer.size
    read(run)
    buffer.push(GAP, run.end, run.end)
    return begin
  })
  return { ...buffer.reading(), runs: begins }
}

const HEX_VALUES = Int8Array.from({ length: 128 }, (_, code) => {
  const value = parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(value) ? -1 : value
})

/** Reads bytes of two hexadecimal digits each, with something between, perhaps `0x`. */
function* readPairs(text: string, runs: readonly PrintedRun[], depth: number): Generator<ByteRuns> {
  const buffer = buffers.at(depth)
  const bytes = readInto(buffer, runs, ({ start, end }) => {
    for (let i = start; i + 1 < end; i += 1) {
      const high = HEX_VALUES[text.charCodeAt(i)] ?? -1
      if (high < 0) continue
      const low = HEX_VALUES[text.charCodeAt(i + 1)] ?? -1
      if (low < 0) continue
      buffer.push(high * 16 + low, i, i + 2)
      i += 1
    }
  })
  yield { ...bytes, encoding: 'hex' }
}

const ZERO = 0x30
const COLON = 0x3a

/** Reads numbers up to 255, each a byte: all of them, and those that are the value of their place, `"0":104,"1":101`. */
function* readNumbers(
  text: string,
  runs: readonly PrintedRun[],
  depth: number,
): Generator<ByteRuns> {
  const buffer = buffers.at(depth)
  const hasPlaces = runs.some(({ start, end }) => text.slice(start, end).includes(':'))
  for (const afterColon of hasPlaces ? [false, true] : [false]) {
    const bytes = readInto(buffer, runs, (run) => {
      takeNumbers(text, run, buffer, afterColon)
    })
    yield { ...bytes, encoding: 'bytes' }
  }
}

function takeNumbers(
  text: string,
  run: PrintedRun,
  buffer: CharacterBuffer,
  afterColon: boolean,
): void {
  let isAfter = false
  let first = -1
  let value = 0
  for (let at = run.start; at <= run.end; at += 1) {
    const code = at < run.end ? text.charCodeAt(at) : 0
    const digit = code - ZERO
    if (digit >= 0 && digit <= 9) {
      if (first < 0) first = at
      value = value * 10 + digit
      continue
    }
    if (first >= 0) {
      if (value < 256 && (isAfter || !afterColon)) buffer.push(value, first, at)
      first = -1
      value = 0
      isAfter = false
    }
    if (code === COLON) isAfter = true
  }
}

/** Of a text in UTF-16, six characters of a script that needs one byte each. */
const UTF16 = /(?:[^\0]\0){6}/

function* withUtf16(bytes: ByteRuns): Generator<ByteRuns> {
  yield bytes
  if (!bytes.text.includes('\0') || !UTF16.test(bytes.text)) return
  for (const skipped of [0, 1]) yield readUtf16(bytes, skipped)
}

/** Reads two bytes as one character of UTF-16LE, after the first `skipped`. */
function readUtf16({ text, encoding, startOf, endOf }: ByteRuns, skipped: number): ByteRuns {
  const end = text.length - ((text.length - skipped) % 2)
  return {
    text: Buffer.from(text.slice(skipped, end), 'latin1').toString('utf16le'),
    encoding,
    runs: [],
    startOf: (index) => startOf(2 * index + skipped),
    endOf: (index) => endOf(2 * index + skipped + 1),
  }
}
