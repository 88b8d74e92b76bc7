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
    '3 simulated users',
    '7 times',
    '2 replicas of signing',
    'Store: aws',
    'come and go',
  ]) {
    expect(screen).toContain(words)
  }
})

it('each line of it fits a terminal of eighty columns', () => {
  const lines = formatPlan(parseFlags(['--replicas', '10', '--autoscale=20'])).split('\n')
  lines.push(...formatPlan(parseFlags(['--chaos=2147483648', '--rounds', '1000'])).split('\n'))
  lines.push(...formatPlan(parseFlags(['--minutes', '1440'])).split('\n'))
  lines.push(...formatNext(parseFlags([])).split('\n'))
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
})

it('a run for some minutes states how long it rotates, and how many replicas come and go', () => {
  const screen = formatPlan(parseFlags(['--minutes', '0.5', '--autoscale=6']))
  expect(screen).toContain('again and again for 30 s')
  expect(screen).toContain('18 replicas that come and go')
})

it('what has been done is not among what to do next', () => {
  expect(formatNext(parseFlags([]))).toContain('--keep')
  expect(formatNext(parseFlags(['--keep', '--autoscale']))).not.toMatch(/--keep {2}|--autoscale/)
  expect(formatNext(parseFlags(['--chaos']))).not.toContain('--chaos')
  expect(formatNext(parseFlags(['--allow-rotate']))).not.toContain('--allow-rotate')
})

it('a run with faults states how to make the same ones again, and takes one round if no number is given', () => {
  expect(formatPlan(parseFlags(['--chaos=7']))).toContain('--chaos=7')
  const { chaos = 0, rounds } = parseFlags(['--chaos'])
  expect([Number.isInteger(chaos), rounds]).toEqual([true, 1])
  expect(parseFlags(['--chaos=7', '--rounds', '2'])).toMatchObject({ chaos: 7, rounds: 2 })
})
