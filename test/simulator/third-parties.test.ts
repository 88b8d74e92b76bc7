// @lane servers
import { isExhaustive } from '@rekey/testbed'
import { it } from 'vitest'
import { thirdPartyScenarios } from './arbitraries.ts'
import { checkSimulations } from './check-simulations.ts'
import { simulateThirdParty, type ThirdPartyScenario } from './simulate-third-party.ts'
import { THIRD_PARTIES } from './third-party-rows.ts'
import { useVirtualTime } from './use-virtual-time.support.ts'

useVirtualTime()

const LONG_MS = 3_600_000
const BOTH = ['rotate', 'roll-back'] as const
const RUNS = isExhaustive ? 1_000 : 20

it.each(THIRD_PARTIES)(
  'whatever fails, a replica holds a credential that is accepted, and a sweep finds what is left over: modelled on $modelledOn',
  async (behaviour) => {
    const simulate = (scenario: ThirdPartyScenario) => simulateThirdParty(behaviour, scenario)
    // A roll-back takes an old credential back that was told to end and is accepted still: see the next test.
    const orders = behaviour.endsAfterMs === undefined ? BOTH : BOTH.slice(0, 1)
    await checkSimulations(thirdPartyScenarios(orders), simulate, RUNS)
  },
  LONG_MS,
)
