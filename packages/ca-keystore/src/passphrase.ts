import { isUtf8 } from 'node:buffer'
import { timingSafeEqual } from 'node:crypto'
import { NON_PRODUCTION_PREFIX, Secret, SecretError } from '@rekey/secret'

/** The fewest characters of a passphrase, its non-production mark not counted. 32 base32 characters are 160 bits. */
export const MIN_PASSPHRASE_LENGTH = 32

/** The rule in words. */
export const PASSPHRASE_RULE =
  `${MIN_PASSPHRASE_LENGTH} to 1024 characters on one line, generated ones: ` +
  'eight random words, or 32 random letters and digits'

const MAX_BYTES = 1024
const MIN_DISTINCT = 8

/** A passphrase or PIN: text, or its bytes in UTF-8. Bytes are wiped by the caller; a string cannot be wiped. */
export type SecretText = Secret | Secret<Uint8Array>

/** A copy of a passphrase as bytes, which its disposal wipes. */
export function bytesOf(secret: SecretText): Secret<Buffer> {
  const exposed = secret.expose()
  const bytes = typeof exposed === 'string' ? Buffer.from(exposed) : Buffer.from(exposed)
  return Secret.of(bytes, secret.label)
}

/** Whether two are the same, whichever of them is text. */
export function isSamePassphrase(one: SecretText, other: SecretText): boolean {
  using first = bytesOf(one)
  using second = bytesOf(other)
  const [a, b] = [first.expose(), second.expose()]
  return a.length === b.length && timingSafeEqual(a, b)
}

interface Passphrase {
  readonly bytes: Uint8Array
  /** Unicode code points without the non-production mark. */
  readonly material: Uint32Array
}

const CHECKS: readonly (readonly [problem: string, fails: (passphrase: Passphrase) => boolean])[] =
  [
    ['is empty', ({ bytes }) => bytes.length === 0],
    ['is not valid Unicode', ({ bytes }) => !isUtf8(bytes)],
    ['has a control character or a line break', ({ material }) => material.some(isControl)],
    ['is longer than 1024 bytes', ({ bytes }) => bytes.length > MAX_BYTES],
    ['is too short', ({ material }) => material.length < MIN_PASSPHRASE_LENGTH],
    ['repeats a few characters', ({ material }) => new Set(material).size < MIN_DISTINCT],
  ]

/**
 * Checks a passphrase before it costs a key derivation. It is used as it is, without Unicode normalisation.
 *
 * @param passphrase text, or its bytes in UTF-8, of which no string is made
 * @throws {SecretError} `malformed`; the message has no part of the text
 */
export function checkPassphrase(passphrase: string | Uint8Array): void {
  if (typeof passphrase !== 'string') {
    checkBytes(passphrase)
    return
  }
  const bytes = Buffer.from(passphrase)
  try {
    // An unpaired surrogate has no bytes: it would become a replacement character.
    if (/\p{Cs}/u.test(passphrase)) throw against('is not valid Unicode')
    checkBytes(bytes)
  } finally {
    bytes.fill(0)
  }
}

function checkBytes(bytes: Uint8Array): void {
  const points = codePointsOf(bytes)
  const material = points.subarray(hasMark(points) ? NON_PRODUCTION_PREFIX.length : 0)
  const failed = CHECKS.find(([, fails]) => fails({ bytes, material }))
  points.fill(0)
  if (failed !== undefined) throw against(failed[0])
}

/** Code points of text in UTF-8; of other bytes, anything. */
function codePointsOf(bytes: Uint8Array): Uint32Array {
  const points = new Uint32Array(bytes.length)
  let count = 0
  for (const byte of bytes) {
    const isContinuation = (byte & 0xc0) === 0x80 && count > 0
    if (isContinuation) points[count - 1] = ((points[count - 1] ?? 0) << 6) | (byte & 0x3f)
    else
      points[count++] = byte & (byte < 0x80 ? 0x7f : byte < 0xe0 ? 0x1f : byte < 0xf0 ? 0x0f : 0x07)
  }
  return points.subarray(0, count)
}

/** General category `Cc` of Unicode. */
function isControl(point: number): boolean {
  return point < 0x20 || (point >= 0x7f && point < 0xa0)
}

function hasMark(points: Uint32Array): boolean {
  return Array.from(NON_PRODUCTION_PREFIX).every((char, at) => char.codePointAt(0) === points[at])
}

function against(problem: string): SecretError {
  return new SecretError('malformed', `the CA passphrase ${problem}; use ${PASSPHRASE_RULE}`, {
    reason: 'passphrase',
  })
}
