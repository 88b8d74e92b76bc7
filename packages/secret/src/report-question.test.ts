import {
  formatReportQuestion,
  hasReached,
  parseReportQuestion,
  REPORT_QUESTION_HEADER,
  type SecretHealth,
} from './internal.ts'
import { expect, it } from 'vitest'

/** The report of a replica that has these versions, by their stages, and whose consumers hold these. */
function reportOf(
  stages: Readonly<Record<string, string>>,
  ...held: readonly string[][]
): SecretHealth {
  const versions = Object.entries(stages).map(([stage, version]) => ({ stage, version }))
  const holding = Object.fromEntries(held.map((each, at) => [`consumer ${at}`, each]))
  return { versions, usage: { holding } } as unknown as SecretHealth
}

const BOTH = { pending: '3', current: '2' }

it.each([
  ['loaded', reportOf(BOTH), '3', true],
  ['loaded', reportOf(BOTH), '2', true],
  ['loaded', reportOf(BOTH), '1', false],
  ['gone', reportOf(BOTH), '3', false],
  ['gone', reportOf(BOTH), '1', true],
  ['current', reportOf(BOTH), '2', true],
  ['current', reportOf(BOTH), '3', false],
  ['current', reportOf({}), '2', false],
  ['in-use', reportOf(BOTH, ['2'], ['2']), '2', true],
  ['in-use', reportOf(BOTH, ['2'], ['1']), '2', false],
  ['in-use', reportOf(BOTH, ['2', '3']), '2', false],
  ['in-use', reportOf(BOTH, ['3']), '3', false],
  ['in-use', reportOf(BOTH), '2', false],
  ['in-use', reportOf(BOTH, []), '2', false],
  ['unknown', reportOf(BOTH), '2', false],
] as const)('has reached %s: %j, version %s: %s', (state, health, version, expected) => {
  expect(hasReached(health, { state: state as 'gone', version })).toBe(expected)
})

it('asks by a header that no other release names otherwise', () => {
  expect(REPORT_QUESTION_HEADER).toBe('rekey-report-question')
})

const awaited = { state: 'in-use', version: '2' } as const

it.each([
  [{ secret: 'KEY' }, 'secret=KEY'],
  [{ secret: 'KEY', awaited }, 'secret=KEY'],
  [{ secret: 'KEY', waitMs: 10 }, 'secret=KEY'],
  [{ secret: 'KEY', awaited, waitMs: 10.4 }, 'secret=KEY&state=in-use&version=2&wait=10'],
  [
    { secret: 'KEY', awaited: { ...awaited, stage: 'current' }, waitMs: 10 },
    'secret=KEY&state=in-use&version=2&wait=10',
  ],
])('writes the question %j as %s', (question, header) => {
  expect(formatReportQuestion(question)).toBe(header)
})

it.each([
  ['secret=KEY&state=in-use&version=2&wait=10', { secret: 'KEY', awaited, waitMs: 10 }],
  ['secret=KEY&state=in-use&version=2&wait=99999', { secret: 'KEY', awaited, waitMs: 1_000 }],
  ['secret=KEY&state=in-use&version=2&wait=100000', { secret: 'KEY' }],
  ['secret=KEY&state=in-use&version=2&wait=-1', { secret: 'KEY' }],
  ['secret=KEY&state=in-use&version=2&wait=1s', { secret: 'KEY' }],
  ['secret=KEY&state=in-use&version=2&wait=ten', { secret: 'KEY' }],
  ['secret=KEY&state=in-use&version=2', { secret: 'KEY' }],
  ['secret=KEY&state=unknown&version=2&wait=10', { secret: 'KEY' }],
  ['secret=KEY&version=2&wait=10', { secret: 'KEY' }],
  [
    'secret=KEY&state=in-use&wait=0',
    { secret: 'KEY', awaited: { state: 'in-use', version: '' }, waitMs: 0 },
  ],
  ['secret=KEY', { secret: 'KEY' }],
  ['secret=', { secret: '' }],
  ['state=in-use&version=2&wait=10', undefined],
  ['', undefined],
  [undefined, undefined],
])('reads the header %s', (header, question) => {
  expect(parseReportQuestion(header)).toEqual(question)
})
