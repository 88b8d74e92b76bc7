import { Secret } from '@rekey/secret'
import fc from 'fast-check'
import { type LoggerOptions, pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { createRedactor } from '../index.ts'
import { redactPino } from '../pino.ts'

const redactor = createRedactor({ secrets: [], foreign: false })

function logged(redact: NonNullable<LoggerOptions['redact']>, ...line: [object, ...unknown[]]) {
  const lines: string[] = []
  const options = redactPino(redactor, { redact, base: {} })
  const [object, ...rest] = line
  pino(options, { write: (text: string) => lines.push(text) }).info(object, ...(rest as [string]))
  return JSON.parse(lines.join('')) as Record<string, unknown>
}

describe('where a literal and a wildcard meet, or a value is no plain object', () => {
  it('changes no object of the caller', () => {
    const req = { headers: { authorization: 'a', session: { id: 'b' } } }
    const before = structuredClone(req)
    const { req: printed } = logged(['req.headers.authorization', 'req.*.session.id'], { req })
    expect(req).toEqual(before)
    expect(printed).toEqual({
      headers: { authorization: '[Redacted]', session: { id: '[Redacted]' } },
    })
  })

  it('loses nothing of a URL, a buffer, an error, or what prints itself', () => {
    const own = { toJSON: () => ({ password: 'a', kept: 1 }) }
    const values = { url: new URL('http://a.example'), bytes: Buffer.from('a'), own }
    expect(logged(['*.password'], { ...values, err: new Error('b') })).toMatchObject({
      url: 'http://a.example/',
      bytes: { type: 'Buffer', data: [97] },
      own: { password: '[Redacted]', kept: 1 },
      err: { message: 'b' },
    })
  })
})

it('takes out members next to each other, and elements, and leaves JSON', () => {
  const paths = ['a', 'b', 'd', 'list[0]', 'list[1]', 'all[*]', 'none.*']
  const object = { a: 1, b: 2, c: 3, d: 4, list: [1, 2, 3], all: [1, 2], none: { x: 1, y: 2 } }
  const { c, list, all, none, ...others } = logged({ paths, remove: true }, object)
  expect({ c, list, all, none }).toEqual({ c: 3, list: [3], all: [], none: {} })
  expect(others).not.toHaveProperty('a')
  expect(others).not.toHaveProperty('d')
})

it('keeps the line where a censor fails, and leaves out what it makes undefined', () => {
  const censor = (value: unknown) => {
    if (value === 1) throw new Error('no')
    return undefined
  }
  expect(logged({ paths: ['a', 'b'], censor }, { a: 1, b: 2, c: 3 })).toMatchObject({
    a: '[Redacted]',
    c: 3,
  })
})

it('keeps the line where a censor gives what is no JSON: a bigint, a cycle', () => {
  const cycle: unknown[] = []
  cycle.push(cycle)
  for (const made of [1n, cycle]) {
    expect(logged({ paths: ['a'], censor: () => made }, { a: 1, c: 3 })).toMatchObject({
      a: '[Redacted]',
      c: 3,
    })
  }
})

it('withholds a line that cannot be censored, and the logger goes on', () => {
  const value = 'a-value-that-was-to-be-censored'
  const redact = { paths: ['a'], censor: 1n as unknown as string }
  const line = logged(redact, { a: value, c: 3 })
  expect(line).toEqual({
    level: 50,
    msg: '[log line withheld: the redactor failed with TypeError]',
  })
  expect(logged(redact, { c: 3 })).toMatchObject({ c: 3 })
})

it('finds paths in objects that are written into the message, and nothing in what only looks like one', () => {
  const { msg } = logged(['user.name'], {}, 'a {b %j c} %j [', { user: { name: 'x', id: 1 } }, 'd')
  expect(msg).toBe('a {b {"user":{"name":"[Redacted]","id":1}} c} \'d\' [')
})

it('masks secrets in what a censor makes', () => {
  const secret = `${'k7'.repeat(3)}${Date.now()}${'q9'.repeat(6)}`
  redactor.add(Secret.of(secret, 'NAME'))
  expect(logged({ paths: ['a'], censor: () => secret }, { a: 1 })).toMatchObject({
    a: '[secret NAME]',
  })
})

// No two that need an escape begin alike: once V8 13.6, of Node.js 24, has parsed the name `\`, it reads the name `"` as that one.
const NAMES = ['a', 'b c', 'd.e', '"', 's\\', 'l\n', '*']
const names = fc.constantFrom(...NAMES)
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(1, 'text', '{"a":1}', null, true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(names, tie('value'), { maxKeys: 4 }),
  ),
})).value

/** Censors as it is meant, and slowly. */
function censored(value: unknown, way: readonly string[]): unknown {
  if (way.length === 0) return 'gone'
  if (typeof value !== 'object' || value === null) return value
  const [name = '', ...rest] = way
  const each = ([key, inner]: [string, unknown]) =>
    [key, key === name ? censored(inner, rest) : inner] as const
  if (Array.isArray(value)) return Object.entries(value).map((entry) => each(entry)[1])
  return Object.fromEntries(Object.entries(value).map(each))
}

it('does what is meant, whatever the object and the path', () => {
  const ways = fc.array(fc.oneof(names, fc.constantFrom('0', '1')), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(values, ways, (value, way) => {
      const path = way.map((name) => `[\`${name}\`]`).join('')
      const { x } = logged({ paths: [`x${path}`], censor: 'gone' }, { x: value })
      expect(x).toEqual(censored(value, way))
    }),
    { numRuns: 500 },
  )
})

it.each([['a,b'], ['a..b'], ['a['], ['a[b]'], [''], ['.a'], ['a b']])(
  'refuses the path %j, by its place',
  (path) => {
    expect(() => redactPino(redactor, { redact: ['ok', path] })).toThrow(
      expect.objectContaining({ code: 'malformed', details: { place: 1 } }),
    )
  },
)
