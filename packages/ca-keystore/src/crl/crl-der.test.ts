import { expect, it } from 'vitest'
import { integer, octets, sequence, TAG } from '../der.ts'
import { DerCursor } from './crl-der.ts'

const refused = expect.objectContaining({ code: 'malformed', details: { reason: 'crl' } }) as Error

/** A value of any tag with a short content. */
const valueOf = (tag: number, content: string) =>
  Buffer.concat([Buffer.of(tag, content.length), Buffer.from(content, 'latin1')])
const timeOf = (tag: number, content: string) => new DerCursor(valueOf(tag, content)).takeTime()

it('reads values one after the other, whole or their content, until none is left', () => {
  const [first, second] = [integer(7), sequence(octets(Buffer.from('ab')), integer(300))]
  const cursor = new DerCursor(Buffer.concat([first, second]))
  expect([cursor.isDone, cursor.isNext(TAG.integer), cursor.isNext(TAG.sequence)]).toEqual([
    ...[false, true, false],
  ])
  expect(cursor.takeWhole(TAG.integer)).toEqual(first)
  const inner = cursor.enter(TAG.sequence)
  expect(cursor.isDone).toBe(true)
  expect(inner.take(TAG.octets).toString()).toBe('ab')
  expect(() => {
    inner.end()
  }).toThrow(refused)
  expect(inner.take(TAG.integer)).toEqual(Buffer.of(1, 44))
  inner.end()
  expect(inner.isDone).toBe(true)
})

it.each<[what: string, bytes: Buffer]>([
  ['another tag', octets(Buffer.from('ab'))],
  ['nothing', Buffer.alloc(0)],
  ['a value that is cut off', integer(300).subarray(0, -1)],
  ['a length that is longer than it needs to be', Buffer.of(TAG.integer, 0x81, 1, 7)],
])('refuses %s where a number is to be read', (_, bytes) => {
  expect(() => new DerCursor(bytes).take(TAG.integer)).toThrow(refused)
  expect(() => new DerCursor(bytes).takeWhole(TAG.integer)).toThrow(refused)
  expect(() => new DerCursor(bytes).enter(TAG.integer)).toThrow(refused)
})

it('says to publish a new list where one cannot be read', () => {
  expect(() => new DerCursor(Buffer.alloc(0)).take(TAG.integer)).toThrow('publish a new one')
})

it.each([
  [TAG.utcTime, '500101000000Z', '1950-01-01T00:00:00.000Z'],
  [TAG.utcTime, '991231235959Z', '1999-12-31T23:59:59.000Z'],
  [TAG.utcTime, '000229010203Z', '2000-02-29T01:02:03.000Z'],
  [TAG.utcTime, '491130101112Z', '2049-11-30T10:11:12.000Z'],
  [TAG.generalizedTime, '20500101000000Z', '2050-01-01T00:00:00.000Z'],
  [TAG.generalizedTime, '99991231235959Z', '9999-12-31T23:59:59.000Z'],
])('reads the time of tag %i and text %s as %s', (tag, text, wanted) => {
  expect(timeOf(tag, text).toISOString()).toBe(wanted)
})

it.each([
  ['a year before 2050 in four digits', TAG.generalizedTime, '20491231235959Z'],
  ['a month that no year has', TAG.utcTime, '301301000000Z'],
  ['month zero', TAG.utcTime, '300001000000Z'],
  ['a day that its month does not have', TAG.utcTime, '300230000000Z'],
  ['day zero', TAG.utcTime, '300100000000Z'],
  ['hour 24', TAG.utcTime, '300101240000Z'],
  ['minute 60', TAG.utcTime, '300101006000Z'],
  ['second 60', TAG.utcTime, '300101000060Z'],
  ['no seconds', TAG.utcTime, '3001010000Z'],
  ['a zone', TAG.utcTime, '300101000000+0100'],
  ['parts of a second', TAG.generalizedTime, '20500101000000.5Z'],
  ['no digits', TAG.utcTime, 'no time at all'],
  ['nothing', TAG.utcTime, ''],
  ['the tag of a number', TAG.integer, '300101000000Z'],
])('refuses a time with %s', (_, tag, text) => {
  expect(() => timeOf(tag, text)).toThrow(refused)
})
