// @lane servers
import { isExhaustive } from '@rekey/testbed'
import type { RotationKind } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
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

const CALM = { seed: 1, outages: [], stumbles: [], troubles: [] }
const rotate = { rotator: 0, atMs: 0, order: 'rotate', attempts: 1 } as const
const nothing = () => Promise.resolve()
const LATE_START = { most: 2, takesValues: false, startsAfterMs: 60_000 }
const LATE_END = { most: 2, takesValues: false, endsAfterMs: 120_000 }
const LOCKED_OUT = 'alpha-0 holds no credential that is accepted'

it('finds the replica without a credential when a rotation neither proves one that starts late, nor waits for its use', async () => {
  const scenario = { ...CALM, orders: [rotate] }
  const without = (kind: RotationKind) => ({ ...kind, prove: nothing, confirm: nothing })
  expect((await simulateThirdParty(LATE_START, scenario)).violations).toEqual([])
  const { violations } = await simulateThirdParty(LATE_START, scenario, without)
  expect(violations).toContain(LOCKED_OUT)
})

// A fault that is not mended: the old credential was told to end, is proven because it is accepted still, and ends once it is in use again.
it('finds the roll-back to a credential that ends later than the rotation waits', async () => {
  const back = { ...rotate, order: 'roll-back' } as const
  const later = { ...rotate, atMs: 400_000 }
  const scenario = { ...CALM, orders: [rotate, back, later] }
  expect((await simulateThirdParty(LATE_END, scenario)).violations).toContain(LOCKED_OUT)
})
