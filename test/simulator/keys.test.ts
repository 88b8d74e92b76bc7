// @lane servers
import { describe, expect, it } from 'vitest'
import { calmKeyScenarios, keyScenarios } from './arbitraries.ts'
import { checkSimulations, firstViolation } from './check-simulations.ts'
import type { KeyScenario } from './key-scenario.ts'
import type { KeyWorld, Sabotage } from './key-world.ts'
import { simulateKeys } from './simulate-keys.ts'
import { useVirtualTime } from './use-virtual-time.support.ts'

useVirtualTime()

const LONG_MS = 3_600_000

/** A simulation in which no call may be refused in the way that `counted` counts. */
function without(counted: keyof KeyWorld['calls'], sabotage?: Sabotage) {
  return async (scenario: KeyScenario) => {
    const { parts, calls } = await simulateKeys(scenario, sabotage)
    if (calls[counted] > 0) parts.trace.violate('world', `${calls[counted]} calls ${counted}`)
    return parts.trace
  }
}

/**
 * What fails here: the store, the journal and single replicas do not answer for minutes, in the middle of a request too; replicas die
 * and come back; every machine's clock is up to five minutes wrong; what replicas see of the store is late; rotators die at any of
 * their calls, stand still past their lease, are cancelled, and work on the same secret at the same time.
 *
 * What is assumed: the validation period is longer than a call is under way, and what one machine sees of the store never goes back.
 * In every one of these, once everything works again the next rotation comes to its end; then one version is left, everywhere,
 * and no other key that ever was is accepted.
 */
describe('whatever fails', () => {
  it(
    'no receiver refuses a caller while keys are rotated, and no key is accepted once its end is settled',
    async () => {
      await checkSimulations(keyScenarios(['rotate']), without('refusedAtFirst'), 14)
    },
    LONG_MS,
  )

  // A call that is under way when a promoted key is rolled back may be refused; its retry with the other key is not.
  it(
    'no caller is refused for good while rotations are begun and rolled back',
    async () => {
      await checkSimulations(keyScenarios(['rotate', 'roll-back']), without('refused'), 10)
    },
    LONG_MS,
  )

  // There is no grace: who has not seen the new key yet is cut off, and who is late with it is left behind.
  it(
    'while a leaked key is replaced, a caller is refused only as long as one of the two ends is late',
    async () => {
      const scenarios = keyScenarios(['rotate', 'roll-back', 'emergency'])
      await checkSimulations(scenarios, without('refusedWithoutReason'), 10)
    },
    LONG_MS,
  )
})

it(
  'no caller is refused for good while a leaked key is replaced, if the store answers: its retry finds the new key',
  async () => {
    const scenarios = calmKeyScenarios(['emergency']).map((scenario) => ({
      ...scenario,
      orders: scenario.orders.slice(0, 1),
    }))
    await checkSimulations(scenarios, without('refused'), 8)
  },
  LONG_MS,
)

describe('the simulator can fail', () => {
  const nothing = () => Promise.resolve()

  it(
    'R24 finds the refused caller when the barrier is taken away',
    async () => {
      const unproven: Sabotage = (kind) => ({ ...kind, admit: nothing, prove: nothing })
      const simulate = without('refusedAtFirst', unproven)
      const found = await firstViolation(keyScenarios(['rotate']), simulate, 300)
      expect(found).toMatch(/calls refusedAtFirst[^]*promote →[^]*beta-\d +refuses a key of alpha/)
    },
    LONG_MS,
  )

  it(
    'finds the refused caller when nobody waits for the senders',
    async () => {
      const hasty: Sabotage = (kind) => ({ ...kind, confirm: nothing })
      const found = await firstViolation(
        keyScenarios(['rotate']),
        without('refusedAtFirst', hasty),
        60,
      )
      expect(found).toMatch(/calls refusedAtFirst[^]*revoke →[^]*beta-\d +refuses a key of alpha/)
    },
    LONG_MS,
  )

  it(
    'finds the old key when nobody waits for the receivers to drop it',
    async () => {
      const careless: Sabotage = (kind) => ({
        ...kind,
        confirmRevoked: ({ version }, context) =>
          context.attest({ version, evidence: 'nothing was shown' }),
      })
      const found = await firstViolation(keyScenarios(['rotate']), without('refused', careless), 60)
      expect(found).toMatch(/accepts v\d+, which was revoked/)
    },
    LONG_MS,
  )
})
