// @lane servers
import process from 'node:process'
import { expect, it } from 'vitest'
import { explore } from './explore.ts'
import { CALM } from './guards.ts'
import { runWorld } from './run-world.ts'
import type { Fault } from './scenario.ts'
import { useStandingTimers } from './standing-timers.support.ts'
import { World } from './world.ts'

useStandingTimers()

/** What can happen to two rotators of a key at one sender and one receiver, each of which stays. */
const FAULTS: readonly Fault[] = [
  ...(['crash', 'lost request', 'lost reply', 'stale read', 'false conflict'] as const),
  ...(['no answer', 'late replica', 'restart', 'join', 'lie', 'kept key'] as const),
]
const PAIRS = FAULTS.flatMap((one, n) => FAULTS.slice(n).map((other) => [one, other] as const))

/** `REKEY_PAIRS=0/6`: each sixth of all, from the first on. Default: the first alone. */
const [nth = 0, of = PAIRS.length] = (process.env['REKEY_PAIRS'] ?? '0').split('/').map(Number)

it.each(PAIRS.filter((_, n) => n % of === nth))(
  'two faults, each at any place, harm no caller and no end of a rotation: %s and %s',
  async (...pair) => {
    const faults = [...new Set(pair)]
    const scenario = { ...CALM, replicas: ['alpha-0', 'beta-0'], depth: 2, faults }
    const explored = await explore((choose) => runWorld(new World(scenario), choose))
    expect(explored).not.toHaveProperty('violation')
  },
  10_800_000,
)
