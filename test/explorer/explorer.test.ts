// @lane servers
import process from 'node:process'
import type { RotationKind } from '@rekey/secret/kind'
import { describe, expect, it } from 'vitest'
import { explore } from './explore.ts'
import { describeExploration, EXHAUSTIVE, EXPLORED, scenarioOf } from './explored.ts'
import { CALM, GUARDS } from './guards.ts'
import { runWorld } from './run-world.ts'
import type { Scenario } from './scenario.ts'
import { useStandingTimers } from './standing-timers.support.ts'
import { World } from './world.ts'

useStandingTimers()

/** Nothing here waits for time to pass: it is as long as it computes. */
const LONG_MS = 1_200_000
const isExhaustive = process.env['REKEY_EXHAUSTIVE'] === '1'
const EXPLORATIONS = isExhaustive ? [...EXPLORED, ...EXHAUSTIVE] : EXPLORED

function exploreRuns(scenario: Scenario) {
  return explore((choose) => runWorld(new World(scenario), choose))
}

describe('in every order of the calls of two rotators and the reads of three replicas', () => {
  it.each(EXPLORATIONS.map((explored) => [describeExploration(explored), explored] as const))(
    'callers are accepted, revoked keys are not, and each rotation ends, %s',
    async (_, explored) => {
      const { runs, states } = explored
      expect(await exploreRuns(scenarioOf(explored))).toEqual({ runs, states })
    },
    LONG_MS,
  )

  it(
    'the same holds while a thief shows the retired key at every receiver',
    async () => {
      const { violation } = await exploreRuns({ ...CALM, hasThief: true })
      expect(violation).toBeUndefined()
    },
    LONG_MS,
  )
})

it('a version that a far side did not take, though it answered, is never used', async () => {
  const sabotage = { isDeaf: true }
  const scenario = { ...CALM, replicas: ['alpha-0'], farSide: 'two-secrets', sabotage } as const
  expect(await exploreRuns(scenario)).not.toHaveProperty('violation')
})

describe('a guard that is taken away leaves a counterexample', () => {
  it.each(GUARDS.filter(({ isLate = false }) => isExhaustive || !isLate))(
    '$name: $purpose',
    async ({ without, finds }) => {
      const { violation } = await exploreRuns(without)
      expect(violation?.what).toBe(finds)
    },
    LONG_MS,
  )

  it(
    'but for `admit` alone: `prove` waits for the same receivers',
    async () => {
      const kind = (guarded: RotationKind) => ({ ...guarded, admit: () => Promise.resolve() })
      const { violation } = await exploreRuns({ ...CALM, sabotage: { kind } })
      expect(violation).toBeUndefined()
    },
    LONG_MS,
  )
})
