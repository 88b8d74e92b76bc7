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
/** A rotation makes fewer. */
const CALLS = 60
const EVERY = isExhaustive ? 1 : 7
const RUNS = isExhaustive ? 1_000 : 20

it.each(THIRD_PARTIES)(
  'whatever fails, a replica holds a credential that is accepted, and a sweep finds what is left over: modelled on $modelledOn',
  async (behaviour) => {
    const simulate = (scenario: ThirdPartyScenario) => simulateThirdParty(behaviour, scenario)
    await checkSimulations(thirdPartyScenarios(['rotate', 'roll-back']), simulate, RUNS)
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

/** A rotation that dies after its n-th call, is resumed for a while after every other one, and is then to be rolled back. */
function rolledBackAfter(call: number) {
  const again = { ...rotate, rotator: 1, atMs: 75_000, patienceMs: 40_000 } as const
  const back = { ...rotate, rotator: 1, atMs: 75_001, order: 'roll-back', attempts: 3 } as const
  const later = { ...rotate, atMs: 250_000 }
  const orders = [rotate, ...(call % 2 === 0 ? [again] : []), back, later]
  const stumble = { rotator: 0, atMs: 0, call, how: 'dies after', forMs: 0 } as const
  return { ...CALM, orders, stumbles: [stumble] } as const
}

const LATE = [
  ...THIRD_PARTIES.filter(({ endsAfterMs }) => endsAfterMs !== undefined),
  { ...LATE_END, modelledOn: 'one that ends later than the rotation waits' },
]

it.each(LATE)(
  'a rotation that died anywhere is rolled back, or is not, and each replica holds a credential that is accepted: modelled on $modelledOn',
  async (behaviour) => {
    for (let call = 1; call <= CALLS; call += EVERY) {
      const { violations } = await simulateThirdParty(behaviour, rolledBackAfter(call))
      expect(violations, `call ${call}`).toEqual([])
    }
  },
  LONG_MS,
)

it('finds the roll-back to a credential that ends later than the rotation waits, where the journal does not keep that it was asked to', async () => {
  const back = { ...rotate, order: 'roll-back' } as const
  const later = { ...rotate, atMs: 400_000 }
  const scenario = { ...CALM, orders: [rotate, back, later] }
  expect((await simulateThirdParty(LATE_END, scenario)).violations).toEqual([])
  const forgets = (kind: RotationKind): RotationKind => ({
    ...kind,
    revoke: (staged, context) => kind.revoke(staged, { ...context, saveProgress: nothing }),
  })
  const { violations } = await simulateThirdParty(LATE_END, scenario, forgets)
  expect(violations).toContain(LOCKED_OUT)
})
