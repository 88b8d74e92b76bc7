import { PRINTED, type PrintedRun } from './printed-bytes.ts'
import { CharacterBuffer, type Reading } from './reading.ts'

/** Bytes as text spells them, and where. */
interface ByteRun extends Reading {
  /** `base64`, `hex`, … */
  readonly encoding: string
}

/** A way to print bytes. */
interface Printer {
  readonly way: (typeof PRINTED)[keyof typeof PRINTED]
  readonly encoding: string
  readonly run: RegExp
  /** Reads one run, at each alignment that its bytes may have. */
  readonly read: (run: string, at: number) => Iterable<Reading>
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The number that each digit stands for, by its code. */
function digitsOf(alphabet: string, alike: Readonly<Record<string, string>> = {}): Int8Array {
  const table = new Int8Array(128).fill(-1)
  for (const [value, digit] of Array.from(alphabet).entries()) table[digit.charCodeAt(0)] = value
  for (const [other, digit] of Object.entries(alike)) {
    table[other.charCodeAt(0)] = alphabet.indexOf(digit)
  }
  return table
}

const BASE32_DIGITS = digitsOf(
  BASE32,
  Object.fromEntries(Array.from(BASE32.slice(0, 26)).map((digit) => [digit.toLowerCase(), digit])),
)
const HEX_DIGITS = digitsOf('0123456789ABCDEF', { a: 'A', b: 'B', c: 'C', d: 'D', e: 'E', f: 'F' })

/** Bytes of digits of `bits` bits each, the first of which is at `from`. */
function digitReading(bytes: Buffer, from: number, bits: number): Reading {
  return {
    text: bytes.toString('latin1'),
    startOf: (index) => from + Math.floor((index * 8) / bits),
    endOf: (index) => from + Math.ceil(((index + 1) * 8) / bits),
  }
}

/** Reads a run of digits at each alignment that its bytes may have, by a decoder of Node.js. */
function decodeAt(encoding: 'base64' | 'hex', bits: number, alignments: number): Printer['read'] {
  return function* (run, at) {
    for (let skipped = 0; skipped < alignments; skipped += 1) {
      yield digitReading(Buffer.from(run.slice(skipped), encoding), at + skipped, bits)
    }
  }
}

function* readBase32(run: string, at: number): Generator<Reading> {
  for (let skipped = 0; skipped < 8; skipped += 1) {
    const bytes = Buffer.allocUnsafe(((run.length - skipped) * 5) >>> 3)
    let held = 0
    let heldBits = 0
    let size = 0
    for (let i = skipped; i < run.length; i += 1) {
      held = ((held << 5) | (BASE32_DIGITS[run.charCodeAt(i)] ?? 0)) & 0xfff
      heldBits += 5
      if (heldBits < 8) continue
      heldBits -= 8
      bytes[size] = held >>> heldBits
      size += 1
    }
    yield digitReading(bytes, at + skipped, 5)
  }
}

const buffer = new CharacterBuffer()

/** Reads bytes of two hexadecimal digits each, with something between, perhaps `0x`. */
function* readPairs(run: string, at: number): Generator<Reading> {
  buffer.clear(run.length)
  for (let i = 0; i + 1 < run.length; i += 1) {
    const high = HEX_DIGITS[run.charCodeAt(i)] ?? -1
    const low = HEX_DIGITS[run.charCodeAt(i + 1)] ?? -1
    if (high < 0 || low < 0) continue
    buffer.push(high * 16 + low, at + i, at + i + 2)
    i += 1
  }
  yield buffer.reading()
}

const ZERO = 0x30
const COLON = 0x3a

/** Reads numbers up to 255, each a byte: all of them, and those that are the value of their place, `"0":104,"1":101`. */
function* readNumbers(run: string, at: number): Generator<Reading> {
  for (const afterColon of run.includes(':') ? [false, true] : [false]) {
    buffer.clear(run.length)
    let isAfter = false
    for (let i = 0; i < run.length; i += 1) {
      const code = run.charCodeAt(i)
      if (code === COLON) isAfter = true
      if (code < ZERO || code >= COLON) continue
      const start = i
      let value = 0
      for (; i < run.length && isDigit(run.charCodeAt(i)); i += 1) {
        value = value * 10 + run.charCodeAt(i) - ZERO
      }
      if (value < 256 && (isAfter || !afterColon)) buffer.push(value, at + start, at + i)
      isAfter = run.charCodeAt(i) === COLON
    }
    yield buffer.reading()
  }
}

const isDigit = (code: number) => code >= ZERO && code < COLON

/** A dozen bytes or more of each. */
const PRINTERS: readonly Printer[] = [
  { way: PRINTED.base64, encoding: 'base64', run: /[\w+/-]+/g, read: decodeAt('base64', 6, 4) },
  { way: PRINTED.hex, encoding: 'hex', run: /[0-9a-f]{24,}/gi, read: decodeAt('hex', 4, 2) },
  {
    way: PRINTED.base32,
    encoding: 'base32',
    run: /[A-Z2-7]{20,}|[a-z2-7]{20,}/g,
    read: readBase32,
  },
  { way: PRINTED.pairs, encoding: 'hex', run: /[^]+/g, read: readPairs },
  { way: PRINTED.numbers, encoding: 'bytes', run: /[^]+/g, read: readNumbers },
]

/** The bytes that `text` prints in these runs, at each alignment that they may have. */
export function* byteRuns(text: string, runs: readonly PrintedRun[]): Generator<ByteRun> {
  for (const run of runs) {
    const stretch = text.slice(run.start, run.end)
    for (const { way, encoding, run: pattern, read } of PRINTERS) {
      if ((run.ways & way) === 0) continue
      for (const { 0: found, index } of stretch.matchAll(pattern)) {
        for (const reading of read(found, run.start + index)) yield* withUtf16(reading, encoding)
      }
    }
  }
}

function* withUtf16(reading: Reading, encoding: string): Generator<ByteRun> {
  yield { ...reading, encoding }
  if (!hasZerosBetween(reading.text)) return
  for (const skipped of [0, 1]) yield { ...readUtf16(reading, skipped), encoding }
}

const SAMPLE = 32

/** Whether as many bytes are zero as in a text of UTF-16, and not by chance. */
function hasZerosBetween(text: string): boolean {
  const sample = text.slice(0, SAMPLE)
  let zeros = 0
  for (let at = sample.indexOf('\0'); at !== -1; at = sample.indexOf('\0', at + 1)) zeros += 1
  return zeros * 4 > sample.length
}

/** Reads two bytes as one character of UTF-16LE, after the first `skipped`. */
function readUtf16({ text, startOf, endOf }: Reading, skipped: number): Reading {
  const bytes = Buffer.from(
    text.slice(skipped, text.length - ((text.length - skipped) % 2)),
    'latin1',
  )
  return {
    text: bytes.toString('utf16le'),
    startOf: (index) => startOf(2 * index + skipped),
    endOf: (index) => endOf(2 * index + skipped + 1),
  }
}
