import { expect, it } from 'vitest'
import { OVERDUE, worstOf } from './failure.ts'

it.each([
  [[], 0],
  [[0, 3, 0], 0],
  [[OVERDUE, 3], OVERDUE],
  [[OVERDUE, 6], 6],
  [[6, 4, 0], 4],
  [[4, 5, 6], 5],
  [[5, 1, 4], 1],
])('of the exit codes %j the worst is %d', (codes, worst) => {
  expect(worstOf(codes)).toBe(worst)
})
