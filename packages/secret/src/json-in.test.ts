import { expect, it } from 'vitest'
import { jsonIn } from './index.ts'

it.each([
  ['{"a":[1]}', { a: [1] }],
  ['null', null],
  ['', undefined],
  ['{"a":', undefined],
])('the value in %j is %j', (text, value) => {
  expect(jsonIn(text)).toEqual(value)
})
