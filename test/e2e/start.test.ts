import { expect, it } from 'vitest'
import { leftIn, reportOf, start } from './start-stack.ts'

const SLOW_MS = 300_000

it(
  'does the main job twice at once, each without disturbing the other',
  async () => {
    const runs = await Promise.all([
      start(['--rounds', '1', '--people', '1', '--json']),
      start(['--rounds', '1', '--people', '1', '--json']),
    ])
    for (const run of runs) {
      expect(await run.ended(), run.output()).toEqual({ code: 0, signal: null })
      expect(reportOf(run).losses).toEqual([])
      expect(await leftIn(run.directory)).toEqual([])
    }
  },
  SLOW_MS,
)

it.each([
  [['--rounds', 'many'], '--rounds takes a whole number'],
  [['--people', '0'], '--people takes a whole number'],
  [['--speed'], "Unknown option '--speed'"],
  [['--store', 'paper'], '--store takes one of dotenv, vault, aws, kubernetes'],
  [['--dynamic'], '--dynamic goes with --store vault'],
  [['--autoscale', '--dynamic', '--store', 'vault'], '--autoscale does not go with --dynamic'],
  [['--autoscale=many'], '--autoscale takes a whole number'],
  [['--minutes', 'few'], '--minutes takes a number'],
  [['--minutes', '1', '--rounds', '1'], '--minutes does not go with --rounds'],
  [['--minutes', '1', '--chaos'], '--minutes does not go with --chaos'],
  [['--chaos=ever'], '--chaos takes a whole number'],
  [['--chaos', '--store', 'vault'], '--chaos goes with --store dotenv'],
  [['--chaos', '--autoscale'], '--chaos does not go with --autoscale'],
  [['stay'], "Unexpected argument 'stay'"],
])('shows how to use it when called with %j', async (flags, words) => {
  const run = await start(flags)
  expect(await run.ended()).toMatchObject({ code: 2 })
  expect(run.output()).toContain(words)
})
