import { randomBytes } from 'node:crypto'
import { Secret } from '@rekey/secret'
import { expect, it } from 'vitest'
import { createRedactor } from './index.ts'

/** Masks a line by a redactor that knows one secret. */
function mask(secret: string, line: string): string {
  const redactor = createRedactor({ secrets: [], foreign: false })
  redactor.add(Secret.of(secret, 'NAME', { announced: false }))
  return redactor.redact(line)
}

const KINDS = ['bcdfghjk', '23456789', '>?', 'BCDFGHJK'] as const

/** No word and no number, with signs that base64 prints as `+` and `/`. */
const newPassword = (length: number) =>
  Array.from(randomBytes(length), (byte, at) => {
    const kind = KINDS[at % 4] ?? ''
    return kind[byte % kind.length]
  }).join('')

it.each([0, 1, 2])(
  'masks a password in base64 and base64url after %i other bytes, and no digit of its neighbours',
  (before) => {
    for (let length = 8; length < 15; length += 1) {
      const password = newPassword(length)
      for (const encoding of ['base64', 'base64url'] as const) {
        const digits = Buffer.from(`${'a'.repeat(before)}${password}b`).toString(encoding)
        const from = Math.ceil((before * 8) / 6)
        const to = Math.floor(((before + length) * 8) / 6)
        const masked = `${digits.slice(0, from)}[secret NAME]${digits.slice(to)}`
        expect(mask(password, `x ${digits}`)).toBe(`x ${masked}`)
      }
    }
  },
)

it('masks a password with blanks where a form is printed', () => {
  const password = `${newPassword(5)} ${newPassword(5)} é`
  const form = new URLSearchParams({ a: '1', password, b: '2' }).toString()
  expect(mask(password, form)).toBe('a=1&password=[secret NAME]&b=2')
  expect(mask(password, decodeURIComponent(form))).toBe('a=1&password=[secret NAME]&b=2')
})

it('masks a token that is the user of a URL, and a password there that is no percent-encoding', () => {
  const [token, password] = [
    newPassword(14).replaceAll('?', '5'),
    `%zz${newPassword(11)}`.replaceAll('?', '5'),
  ]
  const url = `https://${token}@git.example/a`
  expect(mask(url, `git clone ${url} and ${token}`)).not.toContain(token)
  expect(mask(`amqp://app:${password}@mq.example`, `x ${password}`)).toBe('x [secret NAME]')
})

it('masks a password with a colon that is part of a URL, from the first colon on', () => {
  const password = `${newPassword(12)}:${newPassword(4)}`.replaceAll('?', '5')
  expect(mask(`amqp://app:${password}@mq.example`, `x ${password}`)).toBe('x [secret NAME]')
})

it('masks each of many values that have the same characters in the middle', () => {
  const redactor = createRedactor({ secrets: [], foreign: false })
  const shared = newPassword(8)
  const values = Array.from({ length: 150 }, () => newPassword(4) + shared + newPassword(4))
  for (const value of values) redactor.add(Secret.of(value, 'NAME', { announced: false }))
  for (let before = 0; before < 8; before += 1) {
    for (const value of values) {
      expect(redactor.redact(`${'-'.repeat(before)}${value}`)).not.toContain(shared)
    }
  }
})
