import { expect, it } from 'vitest'
import { isAlarming } from './failure-watch.ts'

const GOOD = [0, 1_000] as const

it.each([
  ['no failure', [0, 100], GOOD, false],
  ['four failures, which may be an accident', [4, 4], GOOD, false],
  ['five failures, all calls there were', [5, 5], GOOD, true],
  ['one in a hundred', [5, 500], GOOD, false],
  ['a little more than one in a hundred', [6, 500], GOOD, true],
  ['many failures among very many calls', [900, 100_000], GOOD, false],
  ['as many as with the old key', [30, 100], [30, 100], false],
  ['twice as many', [60, 100], [30, 100], false],
  ['more than twice as many', [61, 100], [30, 100], true],
  ['all calls, where most failed before', [100, 100], [51, 100], false],
  ['five failures of a process that has just been started', [5, 100], [0, 0], true],
] as const)('R26 judges %s', (_what, calls, baseline, expected) => {
  expect(isAlarming(counts(calls), counts(baseline))).toBe(expected)
})

function counts([failures, attempts]: readonly [number, number]) {
  return { failures, attempts }
}
