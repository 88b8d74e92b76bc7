import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonIn } from './index.ts'
import { describeBrokenJson } from './internal.ts'

it.each([
  ['{"a":[1]}', { a: [1] }],
  ['null', null],
  ['', undefined],
  ['{"a":', undefined],
])('the value in %j is %j', (text, value) => {
  expect(jsonIn(text)).toEqual(value)
})

it.each([
  ['', 1, 1],
  ['{"a": 1,}', 1, 9],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
  ['{\n  "a": [1, 2\n}', 3, 1],
  ['{\r\n  a: 1\r\n}', 2, 3],
  ['{"a": 1', 1, 8],
  ['{"a": 1} x', 1, 10],
  ['["a\nb"]', 1, 2],
  ['["\\x"]', 1, 2],
  ['[01]', 1, 2],
  ['[1 2]', 1, 4],
  ['{"a": tru}', 1, 7],
  ['{"a" 1}', 1, 6],
  ["{'a': 1}", 1, 2],
  ['\uFEFF{}', 1, 1],
])('%j is no JSON from line %i, column %i on', (text, line, column) => {
  expect(jsonIn(text)).toBeUndefined()
  expect(describeBrokenJson(text)).toBe(
    `no JSON at line ${line}, column ${column}: correct it there`,
  )
})

it('the whole of a JSON text is read before what is put behind it', () => {
  const texts = fc.tuple(fc.json(), fc.constantFrom(' ', '\t'), fc.constantFrom('?', '}', '0x'))
  fc.assert(
    fc.property(texts, ([json, space, fault]) => {
      const text = `[${json}${space}${fault}`
      const column = json.length + space.length + 2
      expect(describeBrokenJson(text)).toContain(`line 1, column ${column}:`)
    }),
  )
})
