import { createHash, randomBytes } from 'node:crypto'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'

/** Crockford's base32 in lower case: without i, l, o and u, which are misread on paper. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const RANDOM_CHARS = 32
const CHECK_CHARS = 4

const GENERATED = new RegExp(
  `^(?:${NON_PRODUCTION_PREFIX})?([${ALPHABET}]{4}(?:-[${ALPHABET}]{4}){8})$`,
)

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
  const random = Array.from(randomBytes(RANDOM_CHARS), charOf).join('')
  const groups = (random + checkOf(random)).match(/.{4}/g) ?? []
  const prefix = development ? NON_PRODUCTION_PREFIX : ''
  return Secret.of(prefix + groups.join('-'), 'a generated CA passphrase')
}

/** Whether a text came from {@link generatePassphrase}: by its form and its checksum. */
export function isGenerated(text: string): boolean {
  const chars = GENERATED.exec(text)?.[1]?.replaceAll('-', '')
  if (chars === undefined) return false
  return checkOf(chars.slice(0, RANDOM_CHARS)) === chars.slice(RANDOM_CHARS)
}

function checkOf(random: string): string {
  const digest = createHash('sha256').update(random).digest()
  return Array.from(digest.subarray(0, CHECK_CHARS), charOf).join('')
}

/** 256 is a multiple of 32, so each character is as likely as any other. */
function charOf(byte: number): string {
  return ALPHABET.charAt(byte % ALPHABET.length)
}
