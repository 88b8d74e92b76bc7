import { expect, it } from 'vitest'
import { describeGap, describeUse } from './use-words.ts'

const at = (time: string) => new Date(`2026-11-28T${time}:00Z`)
const now = at('12:00')
const view = (since: string, until: string, isFresh: boolean) => ({
  ...{ now, coverage: { since: at(since), until: at(until), isFresh } },
})
const fresh = view('08:00', '11:59', true)
const stale = view('08:00', '10:00', false)
const unknown = { now, coverage: undefined }
const profile = (created: string, used?: string) => ({
  ...{ createdAt: at(created), lastUsedAt: used === undefined ? null : at(used) },
})

it.each([
  [profile('09:00', '11:55'), fresh, '5 minutes ago, 28 Nov 2026, 11:55 UTC'],
  [profile('09:00', '12:00'), fresh, 'just now, 28 Nov 2026, 12:00 UTC'],
  [profile('08:30', '10:59'), fresh, '1 hour ago, 28 Nov 2026, 10:59 UTC'],
  [profile('09:00'), fresh, 'never'],
  [profile('07:00'), fresh, 'not since 28 Nov 2026, 08:00 UTC'],
  [profile('06:00', '07:00'), fresh, '28 Nov 2026, 07:00 UTC or later'],
  [profile('09:00', '09:30'), stale, '28 Nov 2026, 09:30 UTC or later'],
  [profile('09:00'), stale, 'never until 28 Nov 2026, 10:00 UTC'],
  [profile('07:00'), stale, 'not known'],
  [profile('11:00'), stale, 'not known'],
  [profile('09:00'), unknown, 'not known'],
  [profile('09:00', '09:30'), unknown, '28 Nov 2026, 09:30 UTC or later'],
])('describes the last use of %j with a source of %j as %s', (one, source, text) => {
  expect(describeUse(one, source)).toBe(text)
})

it('explains a source that is silent, and none that is not', () => {
  const words = (source: typeof fresh | typeof unknown) => {
    const gap = describeGap(source)
    return gap === '' ? '' : gap.markup
  }
  expect(words(fresh)).toBe('')
  expect(words(stale)).toContain('is known until 28 Nov 2026, 10:00 UTC and not since')
  expect(words(unknown)).toContain('is not known yet')
})
