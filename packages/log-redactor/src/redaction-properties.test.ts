import { Secret } from '@rekey/secret'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedactor } from './index.ts'

const escaped = (text: string) => JSON.stringify(text).slice(1, -1)

/** The digits of `whole` that only bytes of the secret decide, where `before` bytes come first. */
function inner(whole: string, bits: number, before: number, length: number): string {
  return whole.slice(Math.ceil((before * 8) / bits), Math.floor(((before + length) * 8) / bits))
}

/** Spells a secret that stands between other text, and says which part of the result must not come through. */
type Encode = (before: string, secret: string, after: string) => { text: string; leak: string }

const wholly =
  (encode: (text: string) => string, separator = ''): Encode =>
  (before, secret, after) => ({
    text: [before, secret, after]
      .filter((part) => part !== '')
      .map(encode)
      .join(separator),
    leak: encode(secret),
  })

const base64 =
  (encoding: 'base64' | 'base64url', from: 'utf8' | 'utf16le'): Encode =>
  (before, secret, after) => {
    const text = Buffer.from(before + secret + after, from).toString(encoding)
    const skipped = Buffer.byteLength(before, from)
    return { text, leak: inner(text, 6, skipped, Buffer.byteLength(secret, from)) }
  }

const nested = (depth: number) =>
  wholly((text) => Array.from({ length: depth }).reduce<string>(escaped, text))

const ENCODES: Record<string, Encode> = {
  text: nested(0),
  json: nested(1),
  'json in json': nested(2),
  'json in json in json': nested(3),
  percent: wholly(encodeURIComponent),
  form: wholly((text) => new URLSearchParams({ '': text }).toString().slice(1)),
  base64: base64('base64', 'utf8'),
  base64url: base64('base64url', 'utf8'),
  'base64 of utf-16': base64('base64', 'utf16le'),
  hex: wholly((text) => Buffer.from(text).toString('hex')),
  'hex of utf-16': wholly((text) => Buffer.from(text, 'utf16le').toString('hex')),
  'spaced hex': wholly(
    (text) => [...Buffer.from(text)].map((b) => b.toString(16).padStart(2, '0')).join(' '),
    ' ',
  ),
  bytes: wholly((text) => [...Buffer.from(text)].join(','), ','),
}

const characters = fc.constantFrom(...Array.from(`aB3x9-_+/="\\<>&'% ~é€\n`))

/** Random and special characters, with digits all over so that no word can come about. */
const secrets = fc
  .array(fc.tuple(characters, characters), { minLength: 4, maxLength: 24 })
  .map((pairs) => pairs.map(([a, b], i) => `${a}${b}${(i * 7) % 10}k`).join(''))

const innocent = fc.string({ maxLength: 60 })
const cases = fc.record({
  secret: secrets,
  encode: fc.constantFrom(...Object.values(ENCODES)),
  before: innocent,
  after: innocent,
  around: fc.tuple(innocent, innocent),
  others: fc.array(secrets, { maxLength: 1 }),
})

/** Of these secrets alone: one that is announced would be masked in the lines of later ones, too. */
function redactorFor(...texts: string[]) {
  const redactor = createRedactor({ secrets: [] })
  for (const text of texts) redactor.add(Secret.of(text, 'NAME', { announced: false }))
  return redactor
}

describe('whatever the secret, its neighbours, its encoding and its place', () => {
  it('it never comes through in text', () => {
    fc.assert(
      fc.property(cases, ({ secret, encode, before, after, around, others }) => {
        const { text, leak } = encode(before, secret, after)
        const line = `${around[0]}${text}${around[1]}`
        expect(redactorFor(...others, secret).redact(line)).not.toContain(leak)
      }),
      { numRuns: 150 },
    )
  })

  it('it never comes through in JSON, which stays JSON', () => {
    fc.assert(
      fc.property(
        cases,
        fc.jsonValue(),
        ({ secret, encode, before, after, around, others }, extra) => {
          const { text, leak } = encode(before, secret, after)
          const line = JSON.stringify({
            [around[0]]: [text, extra],
            msg: `${text}${around[1]}`,
            text,
          })
          const redacted = redactorFor(...others, secret).redact(line)
          expect(() => JSON.parse(redacted) as unknown).not.toThrow()
          expect(redacted).not.toContain(escaped(leak))
        },
      ),
      { numRuns: 150 },
    )
  })

  it('its bytes never come through in a JSON array, which stays JSON', () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 })
    fc.assert(
      fc.property(secrets, numbers, numbers, (secret, before, after) => {
        const bytes = [...Buffer.from(secret)]
        const line = JSON.stringify({ a: [...before, ...bytes, ...after], b: 1 })
        const redacted = redactorFor(secret).redact(line)
        expect(JSON.parse(redacted)).toMatchObject({ b: 1 })
        expect(redacted).not.toContain(bytes.join(','))
      }),
      { numRuns: 100 },
    )
  })
})

describe('a line without a secret', () => {
  const redactor = redactorFor(...fc.sample(secrets, { numRuns: 50, seed: 1 }))

  it('comes back as it was, whatever it says', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.json()), (line) => {
        expect(redactor.redact(line)).toBe(line)
      }),
      { numRuns: 500 },
    )
  })

  it('is one in which a naive search finds nothing, over an alphabet that makes near misses common', () => {
    const few = fc.string({
      unit: fc.constantFrom('a', 'B', '3', 'x', '-'),
      minLength: 8,
      maxLength: 12,
    })
    const line = fc.string({ unit: fc.constantFrom('a', 'B', '3', 'x', '-'), maxLength: 400 })
    fc.assert(
      fc.property(few, line, fc.boolean(), fc.nat(400), (secret, text, planted, at) => {
        const redactor = redactorFor(secret)
        fc.pre(redactor.unmaskable.length === 0)
        const searched = planted ? text.slice(0, at) + secret + text.slice(at) : text
        expect(redactor.redact(searched) === searched).toBe(!searched.includes(secret))
        expect(redactor.redact(searched)).not.toContain(secret)
      }),
      { numRuns: 500 },
    )
  })
})
