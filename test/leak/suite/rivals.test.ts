// @lane servers
import { expect, it } from 'vitest'
import { CASES, runCases } from './cases.ts'
import { type Contender, OURS, UNPROTECTED } from './contenders.ts'
import { RIVALS } from './rivals.ts'
import { type Scored, writeScoreboard } from './scoreboard.ts'

function score(group: string, contender: Contender, packages: readonly string[]): Scored {
  return { group, contender, packages, results: runCases(contender, CASES) }
}

const library = (name: string) => (name === 'console' ? [] : [name])

it('docs/reference/leak-scoreboard.md is what the suite finds, and ours are the only ones without a leak', async () => {
  const unprotected = UNPROTECTED.map((one) => score('no protection', one, library(one.name)))
  const others = RIVALS.map((one) => score('others', one, one.packages))
  const ours = OURS.map((one) => score('@rekey/log-redactor', one, library(one.name)))
  const leaksOf = ({ results }: Scored) =>
    results.filter((result) => !result.case.isOutside && result.leaks.length > 0).length
  expect(ours.map(leaksOf)).toEqual(OURS.map(() => 0))
  expect(Math.min(...[...unprotected, ...others].map(leaksOf))).toBeGreaterThan(0)
  const page = writeScoreboard([...unprotected, ...others, ...ours], CASES)
  await expect(page).toMatchFileSnapshot('../../../docs/reference/leak-scoreboard.md')
}, 120_000)
