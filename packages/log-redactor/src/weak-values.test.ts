import { randomBytes } from 'node:crypto'
import { createFakeClock, Secret, type StagedSecret } from '@rekey/secret'
import { createLiveSecret } from '@rekey/secret/internal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedactor } from './index.ts'

const json = (value: unknown) => JSON.stringify(value)
const TAG = '[secret WEAK]'

function redactorFor(...texts: string[]) {
  const redactor = createRedactor({ secrets: [], foreign: false })
  for (const text of texts) redactor.add(Secret.of(text, 'WEAK'))
  return redactor
}

const PLAIN = ['changeme', 'postgres', 'info', 'k3y', '123456', 'x', 'true', 'Password123', 'a"b']

const LINES: readonly ((value: string) => string)[] = [
  (value) => json({ level: 30, password: value }),
  (value) => json({ a: [{ dbPassword: value, b: 1 }] }),
  (value) => json({ msg: json({ token: value }) }),
]

describe('a value too weak to be masked wherever it appears', () => {
  it.each(PLAIN)('is masked where the text around makes it a value: %s', (value) => {
    const redactor = redactorFor(value)
    const inText = json(value).slice(1, -1)
    for (const line of LINES) {
      expect(JSON.parse(redactor.redact(line(value)))).toEqual(JSON.parse(line(TAG)))
    }
    if (inText !== value) return
    expect(redactor.redact(`login password=${value} failed`)).toBe(`login password=${TAG} failed`)
    expect(redactor.redact(`to postgres://app:${value}@db/x`)).toBe(`to postgres://app:${TAG}@db/x`)
    const basic = Buffer.from(`app:${value}`).toString('base64')
    expect(redactor.redact(`Basic ${basic}`)).toBe(`Basic ${TAG}`)
    if (value.length > 2) expect(redactor.redact(`Bearer ${value}`)).toBe(`Bearer ${TAG}`)
  })

  it('is masked as a whole string and behind an equals sign, unless it is a word or a number', () => {
    const line = json({ a: 'k3y', b: ['Password123'], c: 'info', d: 'a k3y is here', e: 'x=k3y' })
    expect(JSON.parse(redactorFor('k3y', 'Password123', 'info').redact(line))).toEqual({
      ...{ a: TAG, b: [TAG], c: 'info', d: 'a k3y is here', e: `x=${TAG}` },
    })
  })

  it('is reported as a leak', () => {
    const redactor = redactorFor('changeme')
    redactor.redact(json({ password: 'changeme' }))
    expect(redactor.leaks()).toMatchObject([{ name: 'WEAK', count: 1 }])
    expect(redactor.unmaskable).toEqual(['WEAK'])
  })

  it('is forgotten when its version has soaked', async () => {
    const clock = createFakeClock()
    const staged = (text: string): StagedSecret => {
      const value = Secret.of(text, 'WEAK')
      const current = {
        name: 'WEAK',
        version: text,
        stage: 'current',
        value,
        sensitive: [value],
      } as const
      return { name: 'WEAK', revision: text, current }
    }
    const live = createLiveSecret(staged('changeme'))
    const redactor = createRedactor({ secrets: [live], clock, soakMs: 1_000, foreign: false })
    live.update(staged('other'))
    const line = json({ password: 'changeme' })
    expect(redactor.redact(line)).not.toBe(line)
    await clock.advance(1_000)
    expect(redactor.redact(line)).toBe(line)
  })
})

/** Structure of lines, keys and values that are in nearly each. */
const STRUCTURE = [
  ...[
    'level',
    'time',
    'msg',
    'info',
    'error',
    'true',
    'null',
    'pid',
    'hostname',
    '30',
    '200',
    'GET',
    'a',
    '1',
  ],
  ...[
    '{',
    '}',
    '":"',
    '","',
    '"',
    ':',
    ',',
    ' ',
    '\\',
    '\n',
    '\\n',
    '{"level":30',
    'password',
    'secret',
  ],
]

describe('whatever a secret is, a line', () => {
  const lines = fc.record({
    level: fc.constantFrom(30, 50),
    time: fc.nat(),
    pid: fc.nat(),
    hostname: fc.constantFrom('host', 'info', 'a'),
    msg: fc.oneof(fc.string(), fc.constantFrom(...STRUCTURE)),
    extra: fc.jsonValue(),
  })
  const values = fc.oneof(fc.constantFrom(...STRUCTURE), fc.string({ minLength: 1, maxLength: 7 }))

  it('stays JSON with the members that it had, and is never thrown away', () => {
    fc.assert(
      fc.property(values, lines, (value, object) => {
        const masked = JSON.parse(redactorFor(value).redact(`${json(object)}\n`)) as object
        const { level, time, pid } = object
        expect(masked).toMatchObject({ level, time, pid })
        expect(Object.keys(masked)).toEqual(Object.keys(object))
      }),
      { numRuns: 300 },
    )
  })

  it('keeps the words of its message', () => {
    for (const value of STRUCTURE) {
      const line = json({ level: 30, msg: `the ${value} of a line, and ${value}` })
      expect(redactorFor(value).redact(line)).toBe(line)
    }
  })
})

it('is no piece of a key in hexadecimal, though its letters are many to a digit', () => {
  const piece = ['09371', 'bbdb', '7357', 'b', '5215', 'dddb', '47'].join('')
  const key = `60${piece}96bd281e702adca`
  expect(redactorFor(key).redact(`x ${piece} y`)).toBe(`x ${TAG} y`)
})

it('is no piece of bytes that are all signs and accented letters, as one of many lines of keys is', () => {
  const piece = Buffer.from([
    0xa7, 0x35, 0xe9, 0x40, 0xc3, 0xf1, 0x2b, 0xbf, 0xd8, 0xea, 0x39, 0xb2,
  ])
  const key = Buffer.concat([piece, randomBytes(20)]).toString('hex')
  const line = Buffer.concat([randomBytes(36), piece]).toString('base64')
  expect(redactorFor(key).redact(`x ${line}\ny`)).not.toContain(piece.toString('base64'))
})
