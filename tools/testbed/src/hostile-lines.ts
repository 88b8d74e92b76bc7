import { randomBytes } from 'node:crypto'

const base64 = (text: string) => Buffer.from(text).toString('base64')

const hex = (text: string) => Buffer.from(text).toString('hex')
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A line of about `size` characters. */
export type HostileLine = (size: number) => string

const TEXTS: Readonly<Record<string, HostileLine>> = {
  'of a marker and one token': (size) => 'rk_dev_'.repeat(size / 7),
  'of a marker alone': (size) => 'rk_dev_ '.repeat(size / 8),
  'of a name of printed bytes': (size) => 'Uint8Array( '.repeat(size / 12),
  'of printed bytes that do not end': (size) => 'Uint8Array(9) [1, '.repeat(size / 18),
  'of short lists of printed bytes': (size) => 'Uint8Array(2) [1, 2] '.repeat(size / 21),
  'of one list of printed bytes': (size) => `Uint8Array(9) [${'1, '.repeat(size / 3)}`,
  'of backslashes after a name of bytes': (size) => `Uint8Array(9)${'\\'.repeat(size)}`,
  'of backslashes among printed bytes': (size) => `Uint8Array(9) [1${'\\n\\'.repeat(size / 3)}`,
  'of escapes': (size) => '\\n'.repeat(size / 2),
  'of escaped escapes': (size) => '\\'.repeat(size),
  'of percent signs': (size) => '%25'.repeat(size / 3),
  'of one percent sign, escaped again and again': (size) => `%${'25'.repeat(size / 2)}`,
  'of entities': (size) => '&amp;'.repeat(size / 5),
  'of ampersands': (size) => '&'.repeat(size),
  'of every sign': (size) => `\\%&''""`.repeat(size / 7),
  'of base64': (size) => 'aB3x'.repeat(size / 4),
  'of base64 in base64': (size) => base64(base64(base64('aB3x'.repeat(size / 12)))),
  'of short runs of base64': (size) => 'aB3xaB3xaB3xaB3xaB3x '.repeat(size / 21),
  'of hexadecimal': (size) => '6a'.repeat(size / 2),
  'of pairs': (size) => '6a '.repeat(size / 3),
  'of numbers': (size) => '106,'.repeat(size / 4),
  'of indexed numbers': (size) => '"1":106,'.repeat(size / 8),
  'of base32': (size) => 'NBSWY3DP'.repeat(size / 8),
  'of bytes in base64': (size) => randomBytes((size * 3) / 4).toString('base64'),
  'of bytes in hexadecimal': (size) => randomBytes(size / 2).toString('hex'),
  'of bytes in base32': (size) =>
    Array.from(randomBytes(size), (byte) => BASE32.charAt(byte % 32)).join(''),
  'of bytes as numbers': (size) => Array.from(randomBytes(size / 3.6)).join(','),
  'of text in hexadecimal in hexadecimal': (size) => hex(hex('hello world, '.repeat(size / 52))),
  'of words in base32': (size) => 'x'.repeat(size),
  'of many secrets under their names': (size) =>
    Array.from(
      { length: size / 16 },
      () => `token=${randomBytes(5).toString('hex').slice(1)}`,
    ).join(' '),
  'of names of secrets': (size) => 'password '.repeat(size / 9),
  'of names of secrets and quotes': (size) => 'password="'.repeat(size / 10),
  'of names of secrets and escaped quotes': (size) => 'token=\\"'.repeat(size / 8),
  'of one name of a secret': (size) => 'token_'.repeat(size / 6),
  'of names of secrets in JSON': (size) => `{"token":"x${'\\"'.repeat(size / 2)}"}`,
  'of a secret without a name after one': (size) => `password='${'x'.repeat(size)}`,
  'of users of URLs': (size) => 'a://b:c@'.repeat(size / 8),
  'of URLs without a password': (size) => `a://${'b:'.repeat(size / 2)}`,
  'of schemes of headers': (size) => 'Basic YTpi '.repeat(size / 11),
  'of starts of tokens': (size) => 'eyJhbGciOiJIUzI1.'.repeat(size / 17),
  'of starts of tokens in one': (size) => 'eyJ-'.repeat(size / 4),
  'of starts of keys': (size) => '-----BEGIN PRIVATE KEY-----'.repeat(size / 27),
  'of starts of keys of vendors': (size) => 'sk-xoxb-1-ghp_AKIA'.repeat(size / 18),
}

/** Texts that make a redactor work as much as they can and show no secret but the start of one, by what they are full of. */
export function hostileLines(secret: string): Readonly<Record<string, HostileLine>> {
  return {
    ...TEXTS,
    'of the start of a secret': (size) => secret.slice(0, 11).repeat(size / 11),
  }
}
