// @lane servers
import { appendFileSync } from 'node:fs'
import { it } from 'vitest'
import { explore } from './explore.ts'
import { EXHAUSTIVE, EXPLORED, describeExploration, scenarioOf } from './explored.ts'
import { runWorld } from './run-world.ts'
import { useStandingTimers } from './standing-timers.support.ts'
import { World } from './world.ts'
useStandingTimers()
const all = [...EXPLORED, ...EXHAUSTIVE].filter((e) => e.farSide !== undefined && e.runs === 0)
it.each(all.map((e) => [describeExploration(e), e] as const))(
  '%s',
  async (name, e) => {
    const t = Date.now()
    const r = await explore((choose) => runWorld(new World(scenarioOf(e)), choose))
    appendFileSync(
      '/tmp/counts.log',
      JSON.stringify([
        e.farSide,
        e.orders,
        e.faults,
        r.runs,
        r.states,
        Date.now() - t,
        r.violation?.what,
        r.violation?.trace,
      ]) + '\n',
    )
  },
  1_200_000,
)
