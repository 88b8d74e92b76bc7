import { randomInt } from 'node:crypto'

/** Where an API key may be used. */
export type ApiKeyEnvironment = 'prod' | 'dev' | 'test'

const ENVIRONMENTS: readonly ApiKeyEnvironment[] = ['prod', 'dev', 'test']

/** The prefix of a key when the issuer names none. */
export const DEFAULT_PREFIX = 'rk'
/** Characters of the public key id: 62^10 = 8·10^17 ids. */
export const KEY_ID_LENGTH = 10
/** Characters of the secret part: the fewest base62 digits that carry 256 bits (43 · 5.954 = 256.03). */
export const SECRET_LENGTH = 43
/** Characters of the checksum: the fewest base62 digits that hold every CRC-32. */
const CHECKSUM_LENGTH = 6

/** Everything behind the environment has a fixed length, so fields are found by counting from the end. */
const CHECKSUM_AT = -CHECKSUM_LENGTH
const SECRET_AT = CHECKSUM_AT - 1 - SECRET_LENGTH
/** Where the key id begins, counted from the end of the text. */
export const KEY_ID_AT = SECRET_AT - 1 - KEY_ID_LENGTH

const MIN_LENGTH = 'rk_dev_'.length - KEY_ID_AT
const MAX_LENGTH = 'prefix78_prod_'.length - KEY_ID_AT

/** Source of a regular expression for a prefix: two to eight characters. */
export const PREFIX_PATTERN = '[a-z][a-z0-9]{1,7}'

/**
 * The format of a key, for tools that look for keys in text, such as a leak scanner's rules.
 * `pattern` is the source of a regular expression without anchors; `markers` are the literal texts of which every key
 * with the default prefix contains one, for a cheap first look.
 */
export const API_KEY_FORMAT = {
  pattern:
    `${PREFIX_PATTERN}_(?:${ENVIRONMENTS.join('|')})_[0-9A-Za-z]{${KEY_ID_LENGTH}}` +
    `_[0-9A-Za-z]{${SECRET_LENGTH}}_[0-9A-Za-z]{${CHECKSUM_LENGTH}}`,
  markers: ENVIRONMENTS.map((environment) => `${DEFAULT_PREFIX}_${environment}_`),
} as const

const WHOLE = new RegExp(`^${API_KEY_FORMAT.pattern}$`)

/** Whether the fields of `text` are those of a key. */
export function hasFields(text: string): boolean {
  return text.length <= MAX_LENGTH && WHOLE.test(text)
}

/** Whether `text` is as long as a key may be. */
export function hasKeyLength(text: string): boolean {
  return text.length >= MIN_LENGTH && text.length <= MAX_LENGTH
}

/**
 * Whether the last characters of `text` are the checksum of what stands before them, at no more cost than a key's
 * length. Fails for every text that differs from a key in one character: a CRC finds any burst of up to 32 wrong bits.
 */
export function hasChecksum(text: string): boolean {
  if (!hasKeyLength(text)) return false
  const checksumAt = text.length + CHECKSUM_AT
  return (
    text.charAt(checksumAt - 1) === '_' &&
    base62At(text, checksumAt, CHECKSUM_LENGTH) === crc32(text, checksumAt - 1)
  )
}

/** `body` (`prefix_environment_keyid_secret`) with its checksum: CRC-32 in base62, as GitHub does it. */
export function withChecksum(body: string): string {
  return `${body}_${toBase62(crc32(body, body.length), CHECKSUM_LENGTH)}`
}

/** The key id in a text that has the fields of a key. */
export function keyIdOf(text: string): string {
  return text.slice(KEY_ID_AT, KEY_ID_AT + KEY_ID_LENGTH)
}

/** The secret part of a text that has the fields of a key. */
export function secretOf(text: string): string {
  return text.slice(SECRET_AT, SECRET_AT + SECRET_LENGTH)
}

/** Prefix and environment of a text that has the fields of a key. */
export function headOf(text: string): { prefix: string; environment: ApiKeyEnvironment } {
  const [prefix = '', environment] = text.split('_', 2)
  return { prefix, environment: environment as ApiKeyEnvironment }
}

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
function toBase62(value: number, length: number): string {
  let digits = ''
  for (let left = value; digits.length < length; left = Math.floor(left / ALPHABET.length)) {
    digits = ALPHABET.charAt(left % ALPHABET.length) + digits
  }
  return digits
}

/** The integer that `length` base62 digits of `text` from `start` on are, or NaN if anything else stands there. */
export function base62At(text: string, start: number, length: number): number {
  let value = 0
  for (let i = start; i < start + length; i++) {
    value = value * ALPHABET.length + (DIGITS[text.charCodeAt(i)] ?? NaN)
  }
  return value
}

/** CRC-32 as in ISO 3309 and RFC 1952 §8 (reflected polynomial 0xEDB88320), one entry per byte value. */
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

/**
 * The CRC-32 (0..2^32-1) of the first `end` characters of `text`, or NaN if one of them is not ASCII. At a key's length
 * this takes less time than `zlib.crc32`, which has to cross into native code and needs a substring.
 */
function crc32(text: string, end: number): number {
  let crc = -1
  let allBits = 0
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i)
    allBits |= code
    crc = (TABLE[(crc ^ code) & 0xff] ?? 0) ^ (crc >>> 8)
  }
  return allBits > 0x7f ? NaN : ~crc >>> 0
}
