import {
  formatAfter,
  formatIn,
  formatOf,
  FORMATS,
  requireFormat,
  requireTableFormat,
} from './internal.ts'
import { expect, it } from 'vitest'

it.each([undefined, null, 1])('reads a document that states the format %s', (format) => {
  expect(() => {
    requireFormat('family', format)
  }).not.toThrow()
})

it.each([
  [2, 'format 2', { format: 2 }],
  [0, 'format 0', { format: 0 }],
  [-1, 'format -1', { format: -1 }],
  [1.5, 'an unknown format', {}],
  [NaN, 'an unknown format', {}],
  ['1', 'an unknown format', {}],
  [true, 'an unknown format', {}],
])(
  'refuses a document that states the format %s, and names what to upgrade',
  (format, found, more) => {
    const remedy = 'and this release reads up to format 1: upgrade rekey ca first'
    expect(() => {
      requireFormat('ca-key', format)
    }).toThrow(
      expect.objectContaining({
        code: 'refused',
        message: `the key of the CA has ${found}, ${remedy}`,
        details: { reason: 'format', document: 'ca-key', newest: 1, ...more },
      }),
    )
  },
)

it('names the place of a document that it refuses', () => {
  expect(() => {
    requireFormat('family', 2, 'in family.json')
  }).toThrow(
    'the family in family.json has format 2, and this release reads up to format 1: upgrade rekey first',
  )
})

it('says of each document where it states its format', () => {
  expect([FORMATS.family.mark, FORMATS.share.mark]).toEqual(['`format`', 'its first byte'])
})

it.each([
  [{ format: 2 }, 2],
  [{ format: 'two' }, 'two'],
  [{}, undefined],
  [Object.create({ format: 2 }), undefined],
  [null, undefined],
  [undefined, undefined],
  [Object.assign(() => undefined, { format: 2 }), undefined],
])('finds the format that %j states', (content: unknown, format) => {
  expect(formatOf(content)).toBe(format)
})

it.each([
  ['{"format":3}', 3],
  ['{', undefined],
  ['null', undefined],
  ['3', undefined],
])('finds the format that the text %s states', (text, format) => {
  expect(formatIn(text)).toBe(format)
})

it.each([
  ['key 2', 2],
  ['key 10', 10],
  ['key 123456789', 123_456_789],
  ['key 1234567890', undefined],
  ['key 0', undefined],
  ['key 02', undefined],
  ['key a', undefined],
  ['key 2 ', undefined],
  ['key -2', undefined],
  ['key ', undefined],
  ['a key 2', undefined],
  ['2key ', undefined],
  ['another one', undefined],
  [undefined, undefined],
])('finds the number at the end of `%s`', (text, format) => {
  expect(formatAfter('key ', text)).toBe(format)
})

it('reads tables whose comments state a format that it reads, or none', () => {
  expect(() => {
    requireTableFormat('log-tables', [null, undefined, 'a comment', 'rekey format 1'])
  }).not.toThrow()
})

it('refuses tables of which one is of a newer format', () => {
  expect(() => {
    requireTableFormat('log-tables', [null, 'rekey format 1', 'rekey format 2'])
  }).toThrow(
    expect.objectContaining({
      code: 'refused',
      message:
        'the transparency log in PostgreSQL has format 2, and this release reads up to format 1: upgrade the program that opens the log first',
    }),
  )
})
