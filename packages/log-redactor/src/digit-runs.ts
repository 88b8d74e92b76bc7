import type { ByteRuns } from './byte-runs.ts'
import type { PrintedRun, Printing } from './printed-bytes.ts'
import { lastUpTo } from './reading.ts'

/** Digits of so many bits, `unit` of which are whole bytes. */
interface Digits {
  readonly way: Printing
  readonly encoding: string
  readonly bits: number
  readonly unit: number
  /** The digit whose bits are all set: it fills up a unit, and a unit of it stands between two runs. */
  readonly filler: string
  /** Reads whole units as bytes. */
  readonly decode: (digits: string) => Buffer
}

const BASE32_VALUES = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(String.fromCharCode(code).toUpperCase())),
)

/** Ways to print bytes by digits alone (RFC 4648). */
export const DIGITS: readonly Digits[] = [
  {
    ...{ way: 'base64', encoding: 'base64', bits: 6, unit: 4, filler: '/' },
    decode: (digits) => Buffer.from(digits, 'base64'),
  },
  {
    ...{ way: 'hex', encoding: 'hex', bits: 4, unit: 2, filler: 'f' },
    decode: (digits) => Buffer.from(digits, 'hex'),
  },
  {
    ...{ way: 'base32', encoding: 'base32', bits: 5, unit: 8, filler: '7' },
    decode: decodeBase32,
  },
]

/** Eight digits are five bytes. */
function decodeBase32(digits: string): Buffer {
  const bytes = Buffer.allocUnsafe((digits.length * 5) >>> 3)
  for (let at = 0, size = 0; at < digits.length; at += 8, size += 5) {
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
    bytes[size] = high >>> 12
    bytes[size + 1] = high >>> 4
    bytes[size + 2] = (high << 4) | (low >>> 16)
    bytes[size + 3] = low >>> 8
    bytes[size + 4] = low
  }
  return bytes
}

const valueAt = (digits: string, at: number) => BASE32_VALUES[digits.charCodeAt(at)] ?? 0

/** Reads runs of digits at each alignment that their bytes may have. */
export function* readDigits(
  text: string,
  runs: readonly PrintedRun[],
  digits: Digits,
): Generator<ByteRuns> {
  for (let skipped = 0; skipped < digits.unit; skipped += 1) {
    yield readAfter(skipped, text, runs, digits)
  }
}

/** Reads each run after the first digits of it. */
function readAfter(
  skipped: number,
  text: string,
  runs: readonly PrintedRun[],
  { encoding, bits, unit, filler, decode }: Digits,
): ByteRuns {
  let joined = ''
  const begins = runs.map(({ start, end }) => {
    const begin = (joined.length * bits) >>> 3
    const rest = (end - start - skipped) % unit
    joined += text.slice(start + skipped, end) + filler.repeat(2 * unit - rest)
    return begin
  })
  /** The place of a bit of the byte at `index`. */
  const placeOf = (index: number, bit: number, round: (place: number) => number) => {
    const at = lastUpTo(begins, index)
    const { start, end } = runs[at] ?? { start: 0, end: 0 }
    const digit = round(((index - (begins[at] ?? 0)) * 8 + bit) / bits)
    return Math.min(start + skipped + digit, end)
  }
  return {
    text: decode(joined).toString('latin1'),
    encoding,
    runs: begins,
    startOf: (index) => placeOf(index, 0, Math.floor),
    endOf: (index) => placeOf(index, 8, Math.ceil),
  }
}
