import { DecodedBytes } from './decoded-bytes.ts'
import type { PrintedRun, Printing } from './printed-bytes.ts'
import { lastUpTo } from './reading.ts'
import type { TextWords } from './text-words.ts'

/** Digits of so many bits, `unit` of which are whole bytes. */
interface Digits {
  readonly way: Printing
  readonly encoding: string
  readonly bits: number
  readonly unit: number
  /** The digit whose bits are all set: it fills up a unit, and a unit of it stands between two runs. */
  readonly filler: string
  /** Writes the bytes that whole units of digits are after the first `skipped`. Returns how many there are. */
  readonly decode: (digits: string, skipped: number, into: Buffer) => number
}

/** Ways to print bytes by digits alone (RFC 4648). */
export const DIGITS: readonly Digits[] = [
  {
    way: 'base64',
    encoding: 'base64',
    bits: 6,
    unit: 4,
    filler: '/',
    decode: (digits, skipped, into) => into.write(digits.slice(skipped), 'base64'),
  },
  {
    way: 'hex',
    encoding: 'hex',
    bits: 4,
    unit: 2,
    filler: 'f',
    decode: (digits, skipped, into) => into.write(digits.slice(skipped), 'hex'),
  },
  {
    way: 'base32',
    encoding: 'base32',
    bits: 5,
    unit: 8,
    filler: '7',
    decode: decodeBase32,
  },
]

const BASE32_VALUES = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(String.fromCharCode(code).toUpperCase())),
)

const valueAt = (digits: string, at: number) => BASE32_VALUES[digits.charCodeAt(at)] ?? 0

/** The bytes of the digits that were read last from their first on: all others are these, moved by some bits. */
let aligned = new Uint8Array(0)

/** Eight digits are five bytes. */
function decodeBase32(digits: string, skipped: number, into: Buffer): number {
  const size = (digits.length >>> 3) * 5
  if (skipped === 0) align(digits, size)
  const bits = skipped * 5
  const first = bits >>> 3
  const left = bits & 7
  const right = 8 - left
  const length = size - first - 1
  let high = aligned[first] ?? 0
  for (let at = 0; at < length; at += 1) {
    const low = aligned[first + at + 1] ?? 0
    into[at] = (high << left) | (low >>> right)
    high = low
  }
  return length
}

function align(digits: string, size: number): void {
  if (size > aligned.length) aligned = new Uint8Array(2 * size)
  const bytes = aligned
  for (let at = 0, byte = 0; byte < size; at += 8, byte += 5) {
    const high =
      (valueAt(digits, at) << 15) |
      (valueAt(digits, at + 1) << 10) |
      (valueAt(digits, at + 2) << 5) |
      valueAt(digits, at + 3)
    const low =
      (valueAt(digits, at + 4) << 15) |
      (valueAt(digits, at + 5) << 10) |
      (valueAt(digits, at + 6) << 5) |
      valueAt(digits, at + 7)
    bytes[byte] = high >>> 12
    bytes[byte + 1] = high >>> 4
    bytes[byte + 2] = (high << 4) | (low >>> 16)
    bytes[byte + 3] = low >>> 8
    bytes[byte + 4] = low
  }
}

/** The first bit of a byte is in the digit where that begins, the last in the one before where it ends. */
const START = { bit: 0, round: Math.floor, isStart: true } as const
const END = { bit: 8, round: Math.ceil, isStart: false } as const

/** Reads runs of digits at each alignment that their bytes may have. */
export function* readDigits(
  text: string,
  runs: readonly PrintedRun[],
  { encoding, bits, unit, filler, decode }: Digits,
  memory: TextWords,
): Generator<DecodedBytes> {
  let joined = ''
  const begins = runs.map(({ start, end }) => {
    const begin = (joined.length * bits) >>> 3
    joined += text.slice(start, end) + filler.repeat(2 * unit - ((end - start) % unit))
    return begin
  })
  for (let skipped = 0; skipped < unit; skipped += 1) {
    const length = decode(joined, skipped, memory.room((joined.length * bits) >>> 3))
    const placeOf = (index: number, { bit, round, isStart }: typeof START | typeof END) => {
      const at = lastUpTo(begins, index)
      const { start, end } = runs[at] ?? { start: 0, end: 0 }
      const place = start + skipped + round(((index - (begins[at] ?? 0)) * 8 + bit) / bits)
      if (place < end) return place
      // Between two runs: what is found from there on is in the second, and up to there in the first.
      return isStart ? (runs[at + 1]?.start ?? end) : end
    }
    yield new DecodedBytes(memory, length, encoding, begins, {
      startOf: (index) => placeOf(index, START),
      endOf: (index) => placeOf(index, END),
    })
  }
}
