import { expect, it } from 'vitest'
import type { KeyScenario } from './key-scenario.ts'
import type { Sabotage } from './key-world.ts'
import { simulateKeys } from './simulate-keys.ts'
import { useVirtualTime } from './use-virtual-time.support.ts'

useVirtualTime()

const HOUR_MS = 3_600_000
const CASE_MS = 120_000

/** One rotation that is tried until it is done, in a world where nothing else happens. */
function scenarioWith(change: Partial<KeyScenario>): KeyScenario {
  return {
    seed: 1,
    receivers: [machine(), machine()],
    senders: [machine()],
    rotatorSkewMs: [0, 0],
    maxLagMs: 0,
    journal: 'server',
    orders: [{ rotator: 0, atMs: 10_000, order: 'rotate', attempts: 1_000 }],
    outages: [],
    restarts: [],
    stumbles: [],
    ...change,
  }
}

function machine(change: Partial<KeyScenario['receivers'][number]> = {}) {
  return { skewMs: 0, pollMs: 10_000, ...change }
}

const linesOf = async (scenario: KeyScenario, sabotage?: Sabotage) => {
  const { parts, calls } = await simulateKeys(scenario, sabotage)
  expect(parts.trace.violations).toEqual([])
  return { lines: parts.trace.lines, calls }
}

/** The second at which something is first told. */
function secondOf(lines: readonly string[], what: string): number {
  return Number.parseFloat(lines.find((line) => line.includes(what)) ?? 'NaN')
}

it(
  'R12 what replicas see of the store is up to an hour old: the rotation waits for them, and nobody is refused',
  async () => {
    const { lines, calls } = await linesOf(scenarioWith({ maxLagMs: HOUR_MS }))
    expect(secondOf(lines, 'rotated')).toBeGreaterThan(120)
    expect(calls).toMatchObject({ refusedAtFirst: 0, refused: 0 })
  },
  CASE_MS,
)

it.each(['stage end', 'promote end', 'confirm begin'])(
  'R14 the store is down for an hour from about %s on: keys go on as they are, then the rotation goes on',
  async (point) => {
    const undisturbed = await linesOf(scenarioWith({}))
    const atMs = secondOf(undisturbed.lines, point) * 1_000
    const outages = [{ of: 'store', atMs, forMs: HOUR_MS }]
    const { lines, calls } = await linesOf(scenarioWith({ outages }))
    const during = lines.filter((line) => {
      const ms = Number.parseFloat(line) * 1_000
      return line.includes('→') && ms > atMs + 1_000 && ms < atMs + HOUR_MS
    })
    expect(during).toEqual([])
    expect(secondOf(lines, 'rotated') * 1_000).toBeGreaterThan(atMs + HOUR_MS)
    expect(calls.answered).toBeGreaterThan(HOUR_MS / 2_500 - 10)
    expect(calls).toMatchObject({ refusedAtFirst: 0 })
  },
  CASE_MS,
)

it(
  'R24 with the barrier off, the sender that switched too early is refused, and gets through with the old key',
  async () => {
    const unproven: Sabotage = (kind) => ({
      ...kind,
      admit: () => Promise.resolve(),
      prove: () => Promise.resolve(),
    })
    const early = scenarioWith({
      receivers: [machine({ pollMs: 30_000 })],
      senders: [machine({ pollMs: 1_000 })],
      maxLagMs: 20_000,
    })
    const { calls } = await linesOf(early, unproven)
    expect(calls.refusedAtFirst).toBeGreaterThan(0)
    expect(calls.refused).toBe(0)
    expect((await linesOf(early)).calls.refusedAtFirst).toBe(0)
  },
  CASE_MS,
)

it.each([
  [-300_000, 300_000],
  [300_000, -300_000],
] as const)(
  'R25 clocks are %i ms and %i ms wrong: nothing is refused too early, and nothing is accepted after its end',
  async (slow, fast) => {
    const skewed = scenarioWith({
      receivers: [machine({ skewMs: slow }), machine({ skewMs: fast })],
      senders: [machine({ skewMs: fast }), machine({ skewMs: slow })],
      rotatorSkewMs: [slow, fast],
      journal: 'store',
      orders: [
        { rotator: 0, atMs: 10_000, order: 'rotate', attempts: 100 },
        { rotator: 1, atMs: 20_000, order: 'rotate', attempts: 100 },
      ],
    })
    const { lines, calls } = await linesOf(skewed)
    expect(lines.filter((line) => line.endsWith('rotated'))).toHaveLength(3)
    expect(calls.refusedAtFirst).toBe(0)
  },
  CASE_MS,
)

it(
  'R35 the wall clock of the rotator is set by an hour in each step that waits: the run is the same to the second, and one that dies is resumed where it was',
  async () => {
    const steps = ['admit', 'prove', 'confirm', 'confirm-revoked']
    const undisturbed = await linesOf(scenarioWith({}))
    const msOf = (what: string) => secondOf(undisturbed.lines, what) * 1_000
    const setAt = (atMs: number, byMs: number) => ({ rotator: 0, atMs, byMs }) as const
    for (const byMs of [HOUR_MS, -HOUR_MS]) {
      const clockChanges = steps.map((step) => setAt(msOf(`${step} begin`) + 1_500, byMs))
      expect((await linesOf(scenarioWith({ clockChanges }))).lines).toEqual(undisturbed.lines)
    }
    for (const step of ['confirm', 'confirm-revoked']) {
      const end = msOf(`${step} end`)
      const death = { rotator: 0, atMs: end - 1_500, call: 1, how: 'dies after', forMs: 0 } as const
      const changed = { clockChanges: [setAt(end - 7_500, -HOUR_MS)], stumbles: [death] }
      const { lines } = await linesOf(scenarioWith(changed))
      const resumed = lines.slice(lines.findIndex((line) => line.includes('killed')) + 1)
      const took = secondOf(resumed, `${step} end`) - secondOf(resumed, 'begins to rotate')
      expect(took).toBeLessThan(10)
    }
  },
  CASE_MS,
)

it(
  'runs the same scenario in the same way again',
  async () => {
    const scenario = scenarioWith({
      journal: 'store',
      outages: [{ of: 'store', atMs: 15_000, forMs: 20_000 }],
      restarts: [{ replica: 'beta-1', atMs: 20_000, downMs: 5_000 }],
      stumbles: [{ rotator: 0, atMs: 12_000, call: 7, how: 'dies after', forMs: 0 }],
    })
    const { lines } = await linesOf(scenario)
    expect((await linesOf(scenario)).lines).toEqual(lines)
    expect((await linesOf({ ...scenario, seed: 2 })).lines).not.toEqual(lines)
  },
  CASE_MS,
)

it.each([400, 11_000])(
  'R31 a thief uses old keys every %i ms, before and after their end: each of three rotations ends in time, and no key returns',
  async (thiefEveryMs) => {
    const orders = [10_000, 120_000, 240_000].map(
      (atMs) => ({ rotator: 0, atMs, order: 'rotate', attempts: 1 }) as const,
    )
    const { lines, calls } = await linesOf(scenarioWith({ thiefEveryMs, orders }))
    const secondsOf = (what: string) =>
      lines.filter((line) => line.includes(what)).map((line) => Number.parseFloat(line))
    const promoted = secondsOf('promote end')
    const dropped = secondsOf('revoke end')
    expect(secondsOf('rotated')).toHaveLength(4)
    expect(lines.filter((line) => line.endsWith('rolled-back'))).toEqual([])
    for (const [n, second] of promoted.entries()) {
      const overlap = (dropped[n] ?? Infinity) - second
      expect(overlap).toBeGreaterThanOrEqual(30)
      expect(overlap).toBeLessThan(60)
    }
    expect(calls.refusedAtFirst).toBe(0)
  },
  CASE_MS,
)
