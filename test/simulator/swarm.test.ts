// @lane servers
import process from 'node:process'
import { isExhaustive } from '@rekey/testbed'
import { describe, expect, it, vi } from 'vitest'
import type { Sabotage } from './key-world.ts'
import { type Title, TITLES } from './family-kinds.ts'
import { simulateFamily } from './simulate-family.ts'
import { BREAKABLE, findFault, swarmScenario } from './swarm.ts'
import { useVirtualTime } from './use-virtual-time.support.ts'

vi.mock('@rekey/secret/internal', async (load) => {
  const { withDrivers } = await import('./acting.ts')
  return withDrivers(await load())
})
useVirtualTime()

const LONG_MS = 3_600_000
/** A seed that has failed comes here when its fault is mended, with the family that it had. */
const FIRST_KINDS = TITLES.slice(0, 6)
const FAILED_ONCE: readonly number[] = [42, 71]
const COUNT = isExhaustive ? 1_000 : 4
const EVERY = Array.from({ length: COUNT }, (_, n) => n + 1)
const { REKEY_SWARM_SEED: again } = process.env

it.each(again === undefined ? EVERY : [Number(again)])(
  'whatever fails, no caller is refused, every secret of its family is rotated in the end, and each change is in the audit log: REKEY_SWARM_SEED=%i',
  async (seed) => {
    expect(await findFault(swarmScenario(seed))).toBeUndefined()
  },
  LONG_MS,
)

it.each(FAILED_ONCE)(
  'what once made a caller be refused, or a secret not be rotated, does so no more: seed %i',
  async (seed) => {
    expect(await findFault({ ...swarmScenario(seed), kinds: FIRST_KINDS })).toBeUndefined()
  },
  LONG_MS,
)

it('each kind is in a family of the first seeds', () => {
  const found = EVERY.flatMap((seed) => swarmScenario(seed).kinds ?? [])
  expect([...new Set(found)].sort()).toEqual([...TITLES].sort())
})

it(
  'a seed gives the same run each time',
  async () => {
    const scenario = { ...swarmScenario(1), kinds: TITLES }
    const run = async () => (await simulateFamily(scenario)).parts.trace.lines
    expect(await run()).toEqual(await run())
  },
  LONG_MS,
)

it(
  'each part that can be out of order is asked for while it is',
  async () => {
    const outages = BREAKABLE.map((of) => ({ of, atMs: 30_000, forMs: 180_000 }))
    const { parts } = await simulateFamily({ ...swarmScenario(1), kinds: TITLES, outages })
    expect([...parts.faults.met].sort()).toEqual([...BREAKABLE].sort())
  },
  LONG_MS,
)

describe('the swarm can fail', () => {
  const nothing = () => Promise.resolve()
  const hasty: Sabotage = (kind) => ({ ...kind, confirm: nothing })

  const unproven: Sabotage = (kind) => ({ ...hasty(kind), admit: nothing, prove: nothing })
  const WEAKER = new Map<Title, Sabotage>([['API key', unproven]])
  const CHANGED = TITLES.filter((title) => title !== 'client secret, provider holds 1').map(
    (title) => [title, WEAKER.get(title) ?? hasty] as const,
  )

  it.each(CHANGED)(
    'it finds the refused callers of one kind that waits for no replica: %s',
    async (title, change) => {
      const found = async (seed: number) =>
        findFault({ ...swarmScenario(seed), kinds: [title], sabotage: { [title]: change } })
      let fault: string | undefined
      for (let seed = 1; fault === undefined && seed <= 20; seed += 1) fault = await found(seed)
      expect(fault).toMatch(new RegExp(`^${title}: \\d+ calls refused$`, 'm'))
    },
    LONG_MS,
  )

  it(
    'it finds the changes that are in no audit log',
    async () => {
      const found = await findFault({
        ...swarmScenario(1),
        kinds: ['certificate'],
        isAudited: false,
      })
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
      const hurried = { ...swarmScenario(1), ...slow, kinds: FIRST_KINDS, sabotage }
      expect(await findFault(hurried)).toMatch(/ does not hold one version alone$/m)
    },
    LONG_MS,
  )
})
