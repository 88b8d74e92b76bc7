import { expect, it } from 'vitest'
import { parseFlags } from './flags.ts'
import { formatNext, formatPlan } from './screens.ts'

it('the first screen states how many people, how often, how many replicas and which store', () => {
  const flags = [
    '--people',
    '3',
    '--rounds',
    '7',
    '--replicas',
    '2',
    '--store',
    'aws',
    '--autoscale',
  ]
  const screen = formatPlan(parseFlags(flags))
  for (const words of [
    '3 people',
    '7 times',
    '2 each of the last two',
    'kept in: aws',
    'come and go',
  ]) {
    expect(screen).toContain(words)
  }
})

it('each line of it fits a terminal of a hundred columns', () => {
  const lines = formatPlan(parseFlags(['--replicas', '10', '--autoscale'])).split('\n')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
})

it('what has been done is not among what to do next', () => {
  expect(formatNext(parseFlags([]))).toContain('--keep')
  expect(formatNext(parseFlags(['--keep', '--autoscale']))).not.toMatch(/--keep|--autoscale/)
})
