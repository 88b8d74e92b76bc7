import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  DAYS,
  describeWindow,
  isTimeZone,
  minuteOf,
  nextOpening,
  type RotationWindow,
} from './rotation-window.ts'
import { isPutOff, scheduleRotations } from './index.ts'

const MINUTE_MS = 60_000
const BERLIN = 'Europe/Berlin'
const NIGHT = { from: '02:00', to: '04:00', zone: BERLIN }
const opens = (window: RotationWindow, at: string) =>
  new Date(nextOpening(window, Date.parse(at))).toISOString()

it.each<[string, RotationWindow, string, string]>([
  ['before it opens', NIGHT, '2026-01-10T20:15:30Z', '2026-01-11T01:00:00.000Z'],
  ['as it opens', NIGHT, '2026-01-11T01:00:00Z', '2026-01-11T01:00:00.000Z'],
  ['in its last second', NIGHT, '2026-01-11T02:59:59Z', '2026-01-11T02:59:59.000Z'],
  ['as it closes', NIGHT, '2026-01-11T03:00:00Z', '2026-01-12T01:00:00.000Z'],
  ['in summer', NIGHT, '2026-07-10T20:00:00Z', '2026-07-11T00:00:00.000Z'],
  ['where its first hour is left out', NIGHT, '2026-03-29T00:30:00Z', '2026-03-29T01:00:00.000Z'],
  [
    'where its only hour is left out: a day later',
    { ...NIGHT, to: '03:00' },
    '2026-03-29T00:30:00Z',
    '2026-03-30T00:00:00.000Z',
  ],
  [
    'where its only hour of the week is left out: a week later',
    { ...NIGHT, to: '03:00', days: ['sun'] },
    '2026-03-28T12:00:00Z',
    '2026-04-05T00:00:00.000Z',
  ],
  [
    'where its hour comes twice: again in the second one',
    { from: '02:10', to: '02:20', zone: BERLIN },
    '2026-10-25T00:20:00Z',
    '2026-10-25T01:10:00.000Z',
  ],
  [
    'over midnight, after it',
    { from: '23:00', to: '01:00', zone: BERLIN },
    '2026-01-10T23:30:00Z',
    '2026-01-10T23:30:00.000Z',
  ],
  [
    'over midnight, as it closes',
    { from: '23:00', to: '01:00', zone: BERLIN },
    '2026-01-11T00:00:00Z',
    '2026-01-11T22:00:00.000Z',
  ],
  [
    'over midnight: the days are those on which it opens',
    { from: '23:00', to: '01:00', zone: BERLIN, days: ['fri'] },
    '2026-01-10T23:30:00Z',
    '2026-01-16T22:00:00.000Z',
  ],
  [
    'over midnight, on the day after that',
    { from: '23:00', to: '01:00', zone: BERLIN, days: ['sat'] },
    '2026-01-10T23:30:00Z',
    '2026-01-10T23:30:00.000Z',
  ],
  [
    'on whole days',
    { from: '00:00', to: '24:00', zone: 'UTC', days: ['sat', 'sun'] },
    '2026-01-07T10:00:00Z',
    '2026-01-10T00:00:00.000Z',
  ],
])('a window asked %s opens when its wall clock has it', (_when, window, at, expected) => {
  expect(opens(window, at)).toBe(expected)
})

const clocks = new Map<string, Intl.DateTimeFormat>()

/** What the wall clock of a place has, asked of `Intl` in another way than the code does. */
function wallClock(zone: string, at: number) {
  const options = { timeZone: zone, dateStyle: 'short', timeStyle: 'short' } as const
  const clock = clocks.get(zone) ?? new Intl.DateTimeFormat('sv-SE', options)
  clocks.set(zone, clock)
  const [date = '', time = ''] = clock.format(at).split(' ')
  return { day: new Date(`${date}T00:00:00Z`).getUTCDay(), minute: minuteOf(time) }
}

/** By the definition, minute by minute. */
function isOpen({ from, to, zone, days = DAYS }: RotationWindow, at: number): boolean {
  const { day, minute } = wallClock(zone, at)
  const [begin, end] = [minuteOf(from), minuteOf(to)]
  const [today, yesterday] = [day, (day + 6) % 7].map((index) =>
    days.includes(DAYS[index] ?? 'sun'),
  )
  if (begin < end) return today === true && minute >= begin && minute < end
  return (today === true && minute >= begin) || (yesterday === true && minute < end)
}

const CHANGES = [
  ...['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z'].map((at) => [BERLIN, at] as const),
  ...['2026-03-08T07:00:00Z', '2026-11-01T06:00:00Z'].map(
    (at) => ['America/New_York', at] as const,
  ),
  // Half an hour; over midnight.
  ...['2026-04-04T15:00:00Z', '2026-10-03T15:30:00Z'].map(
    (at) => ['Australia/Lord_Howe', at] as const,
  ),
  ...['2025-09-07T04:00:00Z', '2026-04-05T03:00:00Z'].map(
    (at) => ['America/Santiago', at] as const,
  ),
  ['Asia/Kathmandu', '2026-03-29T01:00:00Z'] as const,
]
const two = (n: number) => String(n).padStart(2, '0')
const time = fc
  .integer({ min: 0, max: 1_439 })
  .map((m) => `${two(Math.floor(m / 60))}:${two(m % 60)}`)

it('over every change of a clock, a window opens in the first minute whose wall time is in it, and in no other', () => {
  const days = fc.option(fc.subarray([...DAYS], { minLength: 1 }), { nil: undefined })
  const change = fc.constantFrom(...CHANGES)
  const minutesBefore = fc.integer({ min: -300, max: 1_800 })
  fc.assert(
    fc.property(time, time, days, change, minutesBefore, (from, to, on, [zone, at], before) => {
      fc.pre(from !== to)
      const window = { from, to, zone, days: on }
      const asked = Date.parse(at) - before * MINUTE_MS
      const found = nextOpening(window, asked)
      expect(isOpen(window, found)).toBe(true)
      for (let minute = asked; minute < found; minute += 7 * MINUTE_MS) {
        expect(isOpen(window, minute)).toBe(false)
      }
      if (found > asked) expect(isOpen(window, found - MINUTE_MS)).toBe(false)
    }),
    { numRuns: 200 },
  )
})

it('knows the time zones of the IANA database, and no offsets', () => {
  expect(['Europe/Berlin', 'UTC', 'America/New_York'].filter(isTimeZone)).toHaveLength(3)
  for (const zone of ['Europe/Berln', '', '+02:00', 'local', '../etc']) {
    expect(isTimeZone(zone)).toBe(false)
  }
})

it('a window of no day never opens', () => {
  expect(nextOpening({ ...NIGHT, days: [] }, Date.parse('2026-01-10T20:00:00Z'))).toBe(Infinity)
})

it('a window is described with its days, if it has some', () => {
  expect(describeWindow(NIGHT)).toBe('02:00–04:00 Europe/Berlin')
  expect(describeWindow({ ...NIGHT, days: ['sat', 'sun'] })).toBe(
    'sat, sun 02:00–04:00 Europe/Berlin',
  )
})

const HOUR_MS = 60 * MINUTE_MS
const now = new Date('2026-01-10T20:00:00Z')
const hours = (n: number) => new Date(now.getTime() + n * HOUR_MS)
const SECRET = { name: 'A', kind: 'text', services: ['shop'], createdAt: hours(-48) }
const OTHER = { ...SECRET, name: 'B', kind: 'other' }

function turnOf(more: object, others: readonly (typeof SECRET)[] = []) {
  const secrets = [{ ...SECRET, ...more }, ...others]
  const policies = [
    { kind: 'text', rotateAfterMs: 24 * HOUR_MS, staggerMs: HOUR_MS, window: NIGHT },
    { kind: 'other', rotateAfterMs: 24 * HOUR_MS, staggerMs: HOUR_MS },
  ]
  return scheduleRotations({ secrets, policies, lastRotations: [], now })
}

it('a secret that is due outside its window is put off until it opens, and keeps no other waiting', () => {
  const [a, b] = turnOf({ createdAt: hours(-60) }, [OTHER])
  const window = '02:00–04:00 Europe/Berlin'
  expect(a).toMatchObject({ secret: 'A', isDue: true, outside: { opensAt: hours(5), window } })
  expect(b).toMatchObject({ secret: 'B', isDue: true })
  expect(a).not.toHaveProperty('putOff')
  expect(b).not.toHaveProperty('outside')
  expect(b).not.toHaveProperty('putOff')
})

it('a secret that is due while its window is open does not wait for it', () => {
  const policies = [{ kind: 'text', rotateAfterMs: 24 * HOUR_MS, staggerMs: 0, window: NIGHT }]
  const input = { secrets: [SECRET], policies, lastRotations: [], now: hours(5) }
  expect(scheduleRotations(input)).toMatchObject([{ isDue: true }])
  expect(scheduleRotations(input)[0]).not.toHaveProperty('outside')
})

it('a secret must wait while its window is closed, or while another of its service has its turn', () => {
  const turns = turnOf({}, [OTHER, { ...OTHER, name: 'C' }])
  const waiting = turns.filter(isPutOff).map(({ secret }) => secret)
  expect(waiting.toSorted()).toEqual(['A', 'C'])
})

it('a rotation that has staged its version is finished outside its window, and one that has not waits for it', () => {
  expect(turnOf({ open: true })[0]).not.toHaveProperty('outside')
  const unstaged = turnOf({ open: true, isUnstaged: true })[0]
  expect(unstaged).toMatchObject({ reason: 'open', outside: { opensAt: hours(5) } })
})

it('a version that ends before the window opens does not wait for it', () => {
  expect(turnOf({ expiresAt: hours(4.9) })[0]).not.toHaveProperty('outside')
  expect(turnOf({ expiresAt: hours(5) })[0]).not.toHaveProperty('outside')
  expect(turnOf({ expiresAt: hours(5.1) })[0]).toHaveProperty('outside')
})

it('a secret that is not due yet is not put off', () => {
  const [, turn] = turnOf({ createdAt: hours(-1) }, [OTHER])
  expect(turn).toMatchObject({ secret: 'A', isDue: false })
  for (const wait of ['outside', 'putOff']) expect(turn).not.toHaveProperty(wait)
})

it('a rotation that is held has no turn, or one at the end of its hold', () => {
  expect(turnOf({ open: true, isHeld: true })[0]).toMatchObject({ reason: 'held', isDue: false })
  const resumesAt = hours(2)
  const ending = turnOf({ open: true, isHeld: true, resumesAt })[0]
  expect(ending).toMatchObject({ reason: 'held', isDue: false, dueAt: resumesAt })
  const over = turnOf({ open: true, isHeld: true, resumesAt: now })[0]
  expect(over).toMatchObject({ reason: 'open', isDue: true })
})
