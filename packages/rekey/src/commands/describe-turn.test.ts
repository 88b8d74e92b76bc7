import type { ScheduledRotation } from '../engine/schedule/schedule-rotations.ts'
import { expect, it } from 'vitest'
import { describeDuration, describeTurn, formatStatus } from './describe.ts'

const now = new Date('2026-01-01T00:00:00Z')
const inHours = (hours: number) => new Date(now.getTime() + hours * 3_600_000)
const turn: ScheduledRotation = {
  ...{ secret: 'NAME', kind: 'database', reason: 'age', isDue: false, isOverdue: false },
}

it.each<[Partial<ScheduledRotation>, string]>([
  [{ dueAt: inHours(50) }, 'due in 2 d (age)'],
  [{ isDue: true, dueAt: inHours(-1) }, 'due (age)'],
  [{ isDue: true, isOverdue: true, dueAt: inHours(-1) }, 'overdue (age)'],
  [{ isDue: true, reason: 'open' }, 'due (open)'],
  [{ reason: 'open', dueAt: inHours(2) }, 'due in 2 h (open)'],
  [{ reason: 'never' }, 'not due by itself (never)'],
  [
    { isDue: true, putOff: { until: inHours(1), after: 'OTHER' } },
    'due (age), but not before 2026-01-01T01:00:00.000Z: near OTHER',
  ],
  [
    { isDue: true, outside: { opensAt: inHours(1), window: '02:00–04:00 Europe/Berlin' } },
    'due (age), but not before 2026-01-01T01:00:00.000Z: outside its window 02:00–04:00 Europe/Berlin',
  ],
  [{ reason: 'held' }, 'held until an operator lets it go on'],
  [{ reason: 'held', dueAt: inHours(2) }, 'due in 2 h (held)'],
])('says of %j: %s', (known, words) => {
  expect(describeTurn({ ...turn, ...known }, now)).toBe(words)
})

it.each([
  [0, '0 s'],
  [-5_000, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [86_400_000 * 91, '91 d'],
])('says %d ms as %s', (durationMs, words) => {
  expect(describeDuration(durationMs)).toBe(words)
})

it('states when a rotation that was postponed goes on, and that one whose time has come is to be run', () => {
  const status = (resumesAt: Date) =>
    formatStatus(
      {
        ...{ secret: 'text A', name: 'A', versions: [], acknowledged: [1, 1] },
        open: { mode: 'forward', resumesAt },
      },
      now,
    )
  expect(status(inHours(1))).toContain('a rotation is open, goes on at 2026-01-01T01:00:00.000Z')
  expect(status(inHours(-1))).toContain('no rotator holds it: run it again')
})
