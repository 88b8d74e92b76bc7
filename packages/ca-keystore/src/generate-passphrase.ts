import { createHash, randomBytes } from 'node:crypto'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'

/** Crockford's base32 in lower case: without i, l, o and u, which are misread on paper. */
const ALPHABET = Buffer.from('0123456789abcdefghjkmnpqrstvwxyz')
const RANDOM_CHARS = 32
const CHECK_CHARS = 4

const GROUP_CHARS = 4
const DASH = 0x2d
const LENGTH = 44

/** Options of {@link generatePassphrase}. */
export interface PassphraseOptions {
  /** Marks it as one for development, which production refuses. Default false. */
  readonly development?: boolean
}

/**
 * Generates a passphrase: 160 random bits in nine groups of four characters, of which the last is a checksum, so that one that was
 * copied wrongly from paper is noticed.
 *
 * @example
 * ```ts
 * const passphrase = generatePassphrase()
 * ```
 */
export function generatePassphrase({ development = false }: PassphraseOptions = {}): Secret {
  const text = newPassphrase().toString()
  return Secret.of(development ? NON_PRODUCTION_PREFIX + text : text, LABEL)
}

/**
 * Generates a passphrase as {@link generatePassphrase} does, of which no string is made: its disposal wipes it.
 *
 * @example
 * ```ts
 * using passphrase = generatePassphraseBytes()
 * ```
 */
export function generatePassphraseBytes(): Secret<Uint8Array> {
  return Secret.of<Uint8Array>(newPassphrase(), LABEL)
}

const LABEL = 'a generated CA passphrase'

function newPassphrase(): Buffer {
  const random = randomBytes(RANDOM_CHARS)
  for (const [at, byte] of random.entries()) random[at] = charOf(byte)
  const chars = Buffer.concat([random, checkOf(random)])
  const passphrase = Buffer.alloc(LENGTH, DASH)
  for (const [at, char] of chars.entries()) passphrase[at + Math.floor(at / GROUP_CHARS)] = char
  random.fill(0)
  chars.fill(0)
  return passphrase
}

/** Whether bytes came from {@link generatePassphrase}: by their form and their checksum. */
export function isGenerated(bytes: Buffer): boolean {
  const isMarked = bytes.indexOf(NON_PRODUCTION_PREFIX) === 0
  const grouped = bytes.subarray(isMarked ? NON_PRODUCTION_PREFIX.length : 0)
  const isDash = (at: number) => at % (GROUP_CHARS + 1) === GROUP_CHARS
  if (grouped.length !== LENGTH) return false
  const chars = Buffer.from(grouped.filter((_, at) => !isDash(at)))
  const isFormed =
    grouped.every((byte, at) => !isDash(at) || byte === DASH) &&
    chars.every((byte) => ALPHABET.includes(byte))
  const isChecked = checkOf(chars.subarray(0, RANDOM_CHARS)).equals(chars.subarray(RANDOM_CHARS))
  chars.fill(0)
  return isFormed && isChecked
}

function checkOf(random: Buffer): Buffer {
  const digest = createHash('sha256').update(random).digest()
  return Buffer.from(digest.subarray(0, CHECK_CHARS).map(charOf))
}

/** 256 is a multiple of 32, so each character is as likely as any other. */
function charOf(byte: number): number {
  return ALPHABET[byte % ALPHABET.length] ?? 0
}
