import { NON_PRODUCTION_PREFIX, SecretError } from '@rekey/secret'

/** The fewest characters of a passphrase, its non-production mark not counted. 32 base32 characters are 160 bits. */
export const MIN_PASSPHRASE_LENGTH = 32

/** The rule in words. */
export const PASSPHRASE_RULE =
  `${MIN_PASSPHRASE_LENGTH} to 1024 characters on one line, generated ones: ` +
  'eight random words, or 32 random letters and digits'

const MAX_BYTES = 1024
const MIN_DISTINCT = 8

const CHECKS: readonly (readonly [problem: string, fails: (text: string) => boolean])[] = [
  ['is empty', (text) => text === ''],
  ['has a control character or a line break', (text) => /\p{Cc}/u.test(text)],
  ['is not valid Unicode', (text) => Buffer.from(text).toString() !== text],
  ['is longer than 1024 bytes', (text) => Buffer.byteLength(text, 'utf8') > MAX_BYTES],
  ['is too short', (text) => Array.from(material(text)).length < MIN_PASSPHRASE_LENGTH],
  ['repeats a few characters', (text) => new Set(material(text)).size < MIN_DISTINCT],
]

/**
 * Checks a passphrase before it costs a key derivation. It is used as it is, without Unicode normalisation.
 *
 * @throws {SecretError} `malformed`; the message has no part of the text
 */
export function checkPassphrase(text: string): void {
  const failed = CHECKS.find(([, fails]) => fails(text))
  if (failed === undefined) return
  throw new SecretError('malformed', `the CA passphrase ${failed[0]}; use ${PASSPHRASE_RULE}`, {
    reason: 'passphrase',
  })
}

function material(text: string): string {
  return text.startsWith(NON_PRODUCTION_PREFIX) ? text.slice(NON_PRODUCTION_PREFIX.length) : text
}
