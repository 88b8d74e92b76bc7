import { randomInt } from 'node:crypto'

/** Digits, capitals, small letters, in the order of their ASCII codes. */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The value of each ASCII code as a digit; NaN, which no sum gets rid of, where it is none. */
const DIGITS = new Float64Array(128).fill(NaN)
for (let digit = 0; digit < ALPHABET.length; digit++) DIGITS[ALPHABET.charCodeAt(digit)] = digit

/** `length` base62 digits from the system's CSPRNG, without modulo bias; log2(62) = 5.954 bits each. */
export function randomBase62(length: number): string {
  return Array.from({ length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('')
}

/** An integer ≥ 0 in base62, filled up with leading zeros to `length` digits. */
export function toBase62(value: number, length: number): string {
  let digits = ''
  for (let left = value; digits.length < length; left = Math.floor(left / ALPHABET.length)) {
    digits = ALPHABET.charAt(left % ALPHABET.length) + digits
  }
  return digits
}

/** The integer that stands in `text` from `start` to its end, or NaN if anything but base62 digits stands there. */
export function fromBase62(text: string, start: number): number {
  let value = 0
  for (let i = start; i < text.length; i++) {
    value = value * ALPHABET.length + (DIGITS[text.charCodeAt(i)] ?? NaN)
  }
  return value
}
