// @lane servers
import process from 'node:process'
import { isExhaustive } from '@rekey/testbed'
import { describe, expect, it } from 'vitest'
import type { Sabotage } from './key-world.ts'
import { simulateFamily } from './simulate-family.ts'
import { BREAKABLE, findFault, swarmScenario } from './swarm.ts'
import { useVirtualTime } from './use-virtual-time.support.ts'

useVirtualTime()

const LONG_MS = 3_600_000
/** A seed that has failed comes here when its fault is mended. */
const FAILED_ONCE: readonly number[] = [42, 71]
const COUNT = isExhaustive ? 1_000 : 4
const EVERY = [...FAILED_ONCE, ...Array.from({ length: COUNT }, (_, n) => n + 1)]
const { REKEY_SWARM_SEED: again } = process.env

it.each(again === undefined ? EVERY : [Number(again)])(
  'whatever fails, no caller is refused, every secret of a family is rotated in the end, and each change is in the audit log: REKEY_SWARM_SEED=%i',
  async (seed) => {
    expect(await findFault(swarmScenario(seed))).toBeUndefined()
  },
  LONG_MS,
)

it(
  'a seed gives the same run each time',
  async () => {
    const run = async () => (await simulateFamily(swarmScenario(1))).parts.trace.lines
    expect(await run()).toEqual(await run())
  },
  LONG_MS,
)

it(
  'each part that can be out of order is asked for while it is',
  async () => {
    const outages = BREAKABLE.map((of) => ({ of, atMs: 30_000, forMs: 180_000 }))
    const { parts } = await simulateFamily({ ...swarmScenario(1), outages })
    expect([...parts.faults.met].sort()).toEqual([...BREAKABLE].sort())
  },
  LONG_MS,
)

describe('the swarm can fail', () => {
  const nothing = () => Promise.resolve()
  const hasty: Sabotage = (kind) => ({ ...kind, confirm: nothing })

  const CHANGED: readonly [string, Sabotage][] = [
    ['database login', hasty],
    ['client secret, provider holds 2', hasty],
    ['integration secret', hasty],
    ['certificate', hasty],
    ['API key', (kind) => ({ ...hasty(kind), admit: nothing, prove: nothing })],
  ]

  it.each(CHANGED)(
    'it finds the refused callers of one kind that waits for no replica: %s',
    async (title, change) => {
      const found = async (seed: number) =>
        findFault({ ...swarmScenario(seed), sabotage: { [title]: change } })
      let fault: string | undefined
      for (let seed = 1; fault === undefined && seed <= 20; seed += 1) fault = await found(seed)
      expect(fault).toMatch(new RegExp(`^${title}: \\d+ calls refused$`, 'm'))
    },
    LONG_MS,
  )

  it(
    'it finds the changes that are in no audit log',
    async () => {
      const found = await findFault({ ...swarmScenario(1), isAudited: false })
      expect(found).toMatch(/^certificate: a change is not in the audit log, promote$/m)
    },
    LONG_MS,
  )

  it(
    'it finds the replica that holds the old version when nobody waits until it is dropped',
    async () => {
      const careless: Sabotage = (kind) => ({ ...kind, confirmRevoked: nothing })
      const sabotage = Object.fromEntries(CHANGED.map(([title]) => [title, careless]))
      const slow = { restMs: 0, pollMs: 30_000, maxLagMs: 20_000 }
      const hurried = { ...swarmScenario(1), ...slow, sabotage }
      expect(await findFault(hurried)).toMatch(/ does not hold one version alone$/m)
    },
    LONG_MS,
  )
})
