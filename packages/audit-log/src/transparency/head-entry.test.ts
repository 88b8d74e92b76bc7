import { expect, it } from 'vitest'
import { encodeEntry } from './internal.ts'
import { encodeHeadEntry, parseEntry, parseHeadEntry } from './index.ts'

const head = { trail: 'biography/5f1c', seq: 7, hash: 'ab'.repeat(32) }

it('encodes the head of a trail as an entry of its own type, with one key for each line', () => {
  const { key, entry } = encodeHeadEntry(head)
  expect(parseHeadEntry(parseEntry(entry))).toEqual(head)
  expect(encodeHeadEntry({ ...head, hash: 'cd'.repeat(32) }).key).toEqual(key)
  expect(encodeHeadEntry({ ...head, seq: 8 }).key).not.toEqual(key)
  expect(parseHeadEntry({ type: 'certificate', content: key })).toBeUndefined()
})

it.each([
  { ...head, trail: 'Biography' },
  { ...head, trail: '' },
  { ...head, trail: 'a'.repeat(129) },
  { ...head, seq: 0 },
  { ...head, seq: 1.5 },
  { ...head, hash: 'AB'.repeat(32) },
])('encodes nothing that is no head: %o', (wrong) => {
  expect(() => encodeHeadEntry(wrong)).toThrow('the head of a trail is')
})

it.each([
  '',
  '[]',
  '["a",1]',
  JSON.stringify(['a', 1, 'ab'.repeat(32), 'more']),
  ` ${JSON.stringify(['a', 1, 'ab'.repeat(32)])}`,
])('reads no head in %j', (text) => {
  const entry = parseEntry(encodeEntry({ type: 'trail-head', content: Buffer.from(text) }))
  expect(() => parseHeadEntry(entry)).toThrow('is no head of a trail')
})
