import { randomBytes } from 'node:crypto'
import { isLowEntropy } from '@rekey/secret/internal'
import { Secret } from '@rekey/secret'
import { expect, it } from 'vitest'
import { createRedactor } from './index.ts'

// Each was shown by random lines first: npm run soak:redactor.

/** Masks a line by a redactor that knows one secret. */
function mask(secret: string, line: string): string {
  const redactor = createRedactor({ secrets: [] })
  redactor.add(Secret.of(secret, 'NAME', { announced: false }))
  return redactor.redact(line)
}

const newToken = (bytes = 24) => randomBytes(bytes).toString('base64url')

it('finds a secret in base64 of which one digit is escaped, however it divides the digits', () => {
  const secret = newToken(18)
  const digits = Buffer.from(secret).toString('base64')
  for (let at = 0; at < digits.length; at += 1) {
    const escaped = `%${digits.charCodeAt(at).toString(16)}`
    const line = `x ${digits.slice(0, at)}${escaped}${digits.slice(at + 1)} x`
    expect(mask(secret, line)).toBe('x [secret NAME] x')
  }
})

it.each([0, 1, 2])('finds a secret of signs in base64 of JSON, with %i characters more', (more) => {
  const secret = `a"b\\c"d/${randomBytes(4).toString('hex')}\\}"'\\x${newToken(6)}"\\`
  const json = JSON.stringify({ sub: 'a'.repeat(more), secret })
  const digits = Buffer.from(json).toString('base64url')
  const shown = Buffer.from(mask(secret, digits).split('[')[0] ?? '', 'base64url').toString()
  expect(shown).not.toContain('b\\\\c')
})

it('finds a secret in base64 whose small letters are all at its start', () => {
  let secret = 'zzz'
  while (secret.length < 30) {
    const three = newToken(3).slice(0, 3)
    // With a numeral that base32 does not have.
    if (/^(?=.*[0189])[A-Z\d]+$/.test(Buffer.from(three).toString('base64'))) secret += three
  }
  const line = `>>>> ${Buffer.from(secret).toString('base64')}`
  expect(mask(secret, line)).toBe('>>>> [secret NAME]')
})

it.each(['bea7185782580ecdec333025', 'mrL00tUu-71H9Aslfedrmkembnr'])(
  'takes no words for %s',
  (part) => {
    expect(isLowEntropy(part)).toBe(false)
    expect(mask(`1${part}9${newToken()}`, `x ${part} x`)).not.toContain(part.slice(4))
  },
)

it('leaves hexadecimal beside a part of a secret as it is, also where bits that are set come before that part', () => {
  const [first, second, other] = [newHex(), newHex(), newHex()]
  const line = JSON.stringify({ trace: other, message: second })
  const masked = JSON.parse(mask(`${first}ff${second}`, line)) as Record<string, unknown>
  expect(masked).toEqual({ trace: other, message: '[secret NAME]' })
})

const newHex = () => randomBytes(18).toString('hex')
