import { bech32m } from '@scure/base'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeBech32m, encodeBech32m } from './bech32m.ts'

const bytes = fc.uint8Array({ maxLength: 45 })

it('a text is that of @scure/base, and is read back', () => {
  fc.assert(
    fc.property(bytes, (given) => {
      const text = encodeBech32m('rk', given)
      expect(text).toBe(bech32m.encode('rk', bech32m.toWords(given)))
      expect(decodeBech32m('rk', text)).toEqual(given)
    }),
  )
})

it('a text with up to four other characters is refused, as is one that is cut', () => {
  const at = fc.nat({ max: 36 })
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 20, maxLength: 20 }),
      fc.set(at, { minLength: 1, maxLength: 4 }),
      (given, places) => {
        const text = encodeBech32m('rk', given)
        const chars = Array.from(text)
        for (const place of places) chars[place] = chars[place] === 'q' ? 'p' : 'q'
        expect(decodeBech32m('rk', chars.join(''))).toBeUndefined()
        expect(decodeBech32m('rk', text.slice(0, -1))).toBeUndefined()
      },
    ),
  )
})

it('a text is what @scure/base takes for one, whatever it is', () => {
  const words = fc.array(fc.nat({ max: 31 }), { maxLength: 90 })
  fc.assert(
    fc.property(words, (given) => {
      const text = bech32m.encode('rk', given, false)
      const theirs = text.length > 90 ? undefined : bech32m.fromWordsUnsafe(given)
      expect(decodeBech32m('rk', text)).toEqual(theirs ?? undefined)
    }),
  )
})

it.each(['', 'rk1', 'rk', 'RK1QQQQQQ', 'xy1qqqqqq', 'rk1bbbbbbb', 'rk1qqqqqq\u0000'])(
  '%j is refused',
  (text) => {
    expect(decodeBech32m('rk', text)).toBeUndefined()
  },
)
