// @lane servers
import process from 'node:process'
import { isExhaustive } from '@rekey/testbed'
import { describe, expect, it } from 'vitest'
import type { Sabotage } from './key-world.ts'
import { simulateFamily } from './simulate-family.ts'
import { findFault, swarmScenario } from './swarm.ts'
import { useVirtualTime } from './use-virtual-time.support.ts'

useVirtualTime()

const LONG_MS = 3_600_000
/** A seed that has failed comes here when its fault is mended. */
const FAILED_ONCE: readonly number[] = []
const COUNT = isExhaustive ? 1_000 : 4
const EVERY = [...FAILED_ONCE, ...Array.from({ length: COUNT }, (_, n) => n + 1)]
const { REKEY_SWARM_SEED: again } = process.env

it.each(again === undefined ? EVERY : [Number(again)])(
  'whatever fails, no caller is refused and every secret of a family is rotated in the end: REKEY_SWARM_SEED=%i',
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

describe('the swarm can fail', () => {
  const nothing = () => Promise.resolve()
  const hasty: Sabotage = (kind) => ({ ...kind, confirm: nothing })

  it.each<[string, Sabotage]>([
    ['database login', hasty],
    ['client secret, provider holds 2', hasty],
    ['integration secret', hasty],
    ['API key', (kind) => ({ ...hasty(kind), admit: nothing, prove: nothing })],
  ])(
    'it finds the refused callers of one kind that waits for no replica: %s',
    async (title, change) => {
      const found = async (seed: number) =>
        findFault({ ...swarmScenario(seed), sabotage: { [title]: change } })
      let fault: string | undefined
      for (let seed = 1; fault === undefined && seed <= 20; seed += 1) fault = await found(seed)
      expect(fault).toContain(`${title}: `)
      expect(fault).toContain('calls refused')
    },
    LONG_MS,
  )
})
