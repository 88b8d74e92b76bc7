// @lane servers
import { isExhaustive } from '@rekey/testbed'
import { expect, it } from 'vitest'
import type { KeyScenario, Visit } from './key-scenario.ts'
import type { Sabotage } from './key-world.ts'
import { createRandom } from './random.ts'
import { simulateKeys } from './simulate-keys.ts'
import { useVirtualTime } from './use-virtual-time.support.ts'

useVirtualTime()

const MINUTE_MS = 60_000
const LONG_MS = 3_600_000
/** Whole: two hours and 200 replicas at a time. */
const SMALL = { minutes: 20, replicas: 20 }
const size = isExhaustive ? { minutes: 120, replicas: 200 } : SMALL
const ROTATE_EVERY_MS = 5 * MINUTE_MS

/** A fleet of about `replicas`, of which each stays for two to twelve minutes, and a key that is rotated every five. */
function autoscaled(
  seed: number,
  maxLagMs: number,
  { minutes, replicas }: typeof SMALL,
): KeyScenario {
  const random = createRandom(seed)
  const lengthMs = minutes * MINUTE_MS
  const meanStayMs = 7 * MINUTE_MS
  const visits = Array.from(
    { length: Math.round((replicas * lengthMs) / meanStayMs) },
    (_, n): Visit => ({
      service: n % 2 === 0 ? 'alpha' : 'beta',
      atMs: random.between(0, lengthMs),
      forMs: random.between(2 * MINUTE_MS, 12 * MINUTE_MS),
      ...{ skewMs: 0, pollMs: 30_000 },
    }),
  )
  const machine = { skewMs: 0, pollMs: 10_000 }
  return {
    seed,
    visits,
    receivers: [machine],
    senders: [machine],
    rotatorSkewMs: [0, 0],
    maxLagMs,
    ...{ callEveryMs: 15_000, attackEveryMs: MINUTE_MS },
    journal: 'server',
    orders: Array.from({ length: lengthMs / ROTATE_EVERY_MS }, (_, n) => ({
      ...{ rotator: 0 as const, atMs: n * ROTATE_EVERY_MS, order: 'rotate' as const },
      ...{ attempts: 1, request: `rotation ${n}` },
    })),
    ...{ outages: [], restarts: [], stumbles: [] },
  }
}

const count = (lines: readonly string[], end: string) =>
  lines.filter((line) => line.endsWith(end)).length

it.each([
  [1, 0],
  [2, 1_000],
])(
  'R45 replicas come and go while keys are rotated: no caller is refused, and each rotation comes to its end (seed %i, store up to %i ms late)',
  async (seed, lagMs) => {
    const { parts, calls } = await simulateKeys(autoscaled(seed, lagMs, size))
    const { violations, lines } = parts.trace
    expect(violations).toEqual([])
    expect(calls).toMatchObject({ refusedAtFirst: 0, refused: 0 })
    expect(calls.answered).toBeGreaterThan(size.minutes * size.replicas)
    expect(count(lines, ' stopped')).toBeGreaterThan(size.replicas)
    // One more after all orders, when no replica comes any more.
    expect(count(lines, ' rotated')).toBe((size.minutes * MINUTE_MS) / ROTATE_EVERY_MS + 1)
  },
  LONG_MS,
)

it(
  'finds the refused caller among replicas that come and go when the barrier is taken away',
  async () => {
    const nothing = () => Promise.resolve()
    const unproven: Sabotage = (kind) => ({ ...kind, admit: nothing, prove: nothing })
    let refused = 0
    // A call meets the second in which it is refused by chance: in six of eight seeds.
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const { calls } = await simulateKeys(autoscaled(seed, 1_000, SMALL), unproven)
      refused += calls.refusedAtFirst
    }
    expect(refused).toBeGreaterThan(0)
  },
  LONG_MS,
)
