import { expect, it } from 'vitest'
import { defineStore } from './index.ts'

const open = () => Promise.reject(new Error('nothing is opened'))

it.each(['a', 'table', 'a-1', `a${'b'.repeat(30)}`])('a store can have the scheme %s', (scheme) => {
  const definition = { scheme, open }
  expect(defineStore(definition)).toBe(definition)
})

it.each(['', 'A', '1a', '-a', 'aB', 'a_b', 'a:', ' a', 'a b', `a${'b'.repeat(31)}`])(
  'no store has the scheme `%s`, which no locator has',
  (scheme) => {
    expect(() => defineStore({ scheme, open })).toThrow(
      expect.objectContaining({
        code: 'malformed',
        message: 'a scheme is small letters, digits and hyphens',
      }),
    )
  },
)
