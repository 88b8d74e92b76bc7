// @lane servers
import type * as crypto from 'node:crypto'
import process from 'node:process'
import { describe, expect, it, vi } from 'vitest'
import { useModelConnections } from './database-connections.support.ts'
import { AT_DATABASE, AT_DATABASE_EXHAUSTIVE } from './database-explored.ts'
import { DATABASE_GUARDS } from './database-guards.ts'
import { explore } from './explore.ts'
import { describeExploration, scenarioOf } from './explored.ts'
import { CALM } from './guards.ts'
import { runWorld } from './run-world.ts'
import type { Scenario } from './scenario.ts'
import { useStandingTimers } from './standing-timers.support.ts'
import { World } from './world.ts'

// The real one works in a thread of its own, whose end no run could wait for: the model knows a password by its digest.
vi.mock('node:crypto', async (importActual) => {
  const actual = await importActual<typeof crypto>()
  const pbkdf2 = (text: string, ...rest: unknown[]) => {
    const done = rest.at(-1) as (error: null, key: Buffer) => void
    done(null, actual.createHash('sha256').update(text).digest())
  }
  return { ...actual, pbkdf2 }
})

useStandingTimers()
useModelConnections()

/** Nothing here waits for time to pass: it is as long as it computes. */
const LONG_MS = 1_200_000
const isExhaustive = process.env['REKEY_EXHAUSTIVE'] === '1'
const EXPLORATIONS = isExhaustive ? [...AT_DATABASE, ...AT_DATABASE_EXHAUSTIVE] : AT_DATABASE

function exploreRuns(scenario: Scenario) {
  return explore((choose) => runWorld(new World(scenario), choose))
}

describe('in every order of the calls of two rotators of a database login', () => {
  it.each(EXPLORATIONS.map((explored) => [describeExploration(explored), explored] as const))(
    'no caller is refused, no session is ended, and each rotation ends, %s',
    async (_, explored) => {
      const { runs, states } = explored
      expect(await exploreRuns(scenarioOf(explored))).toEqual({ runs, states })
    },
    LONG_MS,
  )
})

it('a login that is made with other rights is never used', async () => {
  const sabotage = { isForgetful: true }
  const scenario = { ...CALM, replicas: ['alpha-0'], farSide: 'database', sabotage } as const
  expect(await exploreRuns(scenario)).not.toHaveProperty('violation')
})

describe('a guard that is taken away leaves a counterexample', () => {
  it.each(DATABASE_GUARDS)(
    '$name: $purpose',
    async ({ without, finds }) => {
      const { violation } = await exploreRuns(without)
      expect(violation?.what).toBe(finds)
    },
    LONG_MS,
  )
})
