// @lane servers
import { isExhaustive } from '@rekey/testbed'
import { expect, it, vi } from 'vitest'
import type { CallCount } from './call-count.ts'
import { type Title, TITLES } from './family-kinds.ts'
import type { FamilyWorld } from './family-world.ts'
import type { Sabotage } from './key-world.ts'
import { type FamilyScenario, simulateFamily } from './simulate-family.ts'
import { useVirtualTime } from './use-virtual-time.support.ts'

vi.mock('@rekey/secret/internal', async (load) => {
  const { withDrivers } = await import('./acting.ts')
  return withDrivers(await load())
})
useVirtualTime()

const MINUTE_MS = 60_000
const LONG_MS = 7_200_000
const POLL_MS = 30_000
/** What a change takes beside the wait for replicas to read it: the proof, the store and calls that are under way. */
const MARGIN_MS = 15_000
const ONE_SECRET: Title = 'client secret, provider holds 1'

/** Whole: two hours and 200 replicas at a time. */
const SMALL = { lengthMs: 20 * MINUTE_MS, atATime: 20 }
const size = isExhaustive ? { lengthMs: 120 * MINUTE_MS, atATime: 200 } : SMALL
const EVERY = { rotateEveryMs: 5 * MINUTE_MS, pollMs: POLL_MS, callEveryMs: 15_000 }

function ofEach({ secrets }: FamilyWorld, figure: (calls: CallCount) => number) {
  return Object.fromEntries(secrets.map(({ kind: { title, calls } }) => [title, figure(calls)]))
}

const NONE = Object.fromEntries(
  TITLES.filter((title) => title !== ONE_SECRET).map((title) => [title, 0] as const),
)

it.each(
  isExhaustive
    ? [
        [1, 0],
        [2, 1_000],
      ]
    : [[2, 1_000]],
)(
  'R45 replicas come and go while every kind of secret is rotated at once: no caller is refused, and each rotation comes to its end (seed %i, store up to %i ms late)',
  async (seed, maxLagMs) => {
    const world = await simulateFamily({ ...EVERY, ...size, seed, maxLagMs })
    const { violations, lines } = world.parts.trace
    expect(violations).toEqual([])
    expect(ofEach(world, ({ refused }) => refused)).toEqual({ ...NONE, [ONE_SECRET]: 0 })
    // A provider with one secret refuses the old one before replicas can know that the new one is current: they try both.
    const { [ONE_SECRET]: atCutOver, ...others } = ofEach(world, (calls) => calls.refusedAtFirst)
    expect(others).toEqual(NONE)
    expect(atCutOver).toBeGreaterThan(0)
    const windows = ofEach(world, ({ longestWindowMs }) => longestWindowMs)
    expect(windows[ONE_SECRET]).toBeLessThan(POLL_MS + maxLagMs + MARGIN_MS)
    const fewest = (size.lengthMs / MINUTE_MS) * size.atATime
    expect(Math.min(...Object.values(ofEach(world, ({ made }) => made)))).toBeGreaterThan(fewest)
    // One more of each after all orders, when no replica comes any more.
    const rotations = size.lengthMs / EVERY.rotateEveryMs + 1
    const ended = lines.filter((line) => line.endsWith(' rotated'))
    expect(ended).toHaveLength(rotations * world.secrets.length)
  },
  LONG_MS,
)

it(
  'finds the refused callers of every kind when no rotation waits for replicas, which see the store up to 20 seconds late',
  async () => {
    const nothing = () => Promise.resolve()
    const hasty: Sabotage = (kind) => ({ ...kind, confirm: nothing })
    // A receiver reads the store again for a key that it does not know, and a sender for one that retires: both find it too late. A webhook has a
    // signature by each live version.
    const unproven: Sabotage = (kind) => ({ ...hasty(kind), admit: nothing, prove: nothing })
    const titles = Object.keys(NONE)
    const sabotage = Object.fromEntries(titles.map((title) => [title, hasty]))
    const scenario: FamilyScenario = {
      ...{ ...EVERY, ...SMALL, seed: 1, maxLagMs: 20_000 },
      sabotage: { ...sabotage, 'API key': unproven, 'webhook secret': unproven },
    }
    const found = ofEach(await simulateFamily(scenario), (calls) => calls.refusedAtFirst)
    for (const title of titles) expect(found[title], title).toBeGreaterThan(0)
  },
  LONG_MS,
)
