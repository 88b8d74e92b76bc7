import { expect, it } from 'vitest'
import { coveragePage } from './coverage-page.ts'

const half = { pct: 50 }
const coverage = { statements: half, branches: half, functions: half, lines: { pct: 66.666 } }
const measured = new Map([['b', { lanes: ['embedded', 'servers'], coverage, by: 'a clock' }]])

it('has a new row for what is measured, the old one else, and names what was never measured', () => {
  const before = coveragePage(
    ['a', 'b'],
    new Map([['a', { lanes: ['embedded'], coverage, by: 'x' }]]),
    '',
  )
  const rows = coveragePage(['a', 'b', 'c'], measured, before).split('\n').slice(-4)
  expect(rows).toEqual([
    '| a | embedded | 50.0 | 50.0 | 50.0 | 66.7 | x |',
    '| b | embedded, servers | 50.0 | 50.0 | 50.0 | 66.7 | a clock |',
    '| c | - | - | - | - | - | not measured |',
    '',
  ])
})
