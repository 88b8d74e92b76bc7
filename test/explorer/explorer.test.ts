import type { RotationKind } from '@rekey/secret/kind'
import { describe, expect, it } from 'vitest'
import { explore } from './explore.ts'
import { CALM, GUARDS } from './guards.ts'
import { runWorld } from './run-world.ts'
import type { Scenario } from './scenario.ts'

/** Virtual time needs none of the machine's, but each run computes. */
const LONG_MS = 600_000

function exploreRuns(scenario: Scenario) {
  return explore((choose) => runWorld(scenario, choose))
}

describe('in every order of the calls of two rotators and the reads of three replicas', () => {
  it(
    'callers are accepted, revoked keys are not, and the rotation ends',
    async () => {
      const { violation, states } = await exploreRuns(CALM)
      expect(violation).toBeUndefined()
      expect(states).toBeGreaterThan(100)
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

describe('a guard that is taken away leaves a counterexample', () => {
  it.each(GUARDS)(
    '$name: $purpose',
    async ({ without, found }) => {
      const { violation } = await exploreRuns(without)
      expect(violation?.what).toMatch(found)
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
