import { createMemoryJournal } from '@rekey/rekey/engine'
import { describe, expect, it } from 'vitest'
import { roleScenarios } from './arbitraries.ts'
import { checkSimulations } from './check-simulations.ts'
import type { RoleScenario } from './role-scenario.ts'
import { simulateRoles } from './simulate-roles.ts'
import { useVirtualTime } from './use-virtual-time.support.ts'
import type { Stumble } from './virtual-process.ts'

useVirtualTime()

const LONG_MS = 3_600_000
const ORDERS = ['rotate', 'roll-back', 'emergency'] as const

/**
 * Logins on a database server. What fails: the store, the journal and the database do not answer for minutes; a login is refused when
 * it is proven; rotators with wrong clocks die at any call, stand still past their lease, are cancelled, and work at the same time.
 *
 * In every one of these: who changes roles in transactions of the journal never does so after somebody else did with a later claim;
 * the login that services use is there at every instant; once everything works again the next rotation comes to its end, and then
 * the store holds one version and the server one role.
 */
it(
  'whatever fails, no role is changed past a fence, the login in use is there, and no orphan is left',
  async () => {
    const simulate = (scenario: RoleScenario) => simulateRoles(scenario)
    await checkSimulations(roleScenarios(ORDERS, ['server', 'store']), simulate, 40)
  },
  LONG_MS,
)

/** A rotator that stumbles at one call of an undisturbed rotation, and another one that then does what it is told. */
function stumbling(journal: RoleScenario['journal'], stumble: Omit<Stumble, 'forMs'>) {
  return (order: (typeof ORDERS)[number]): RoleScenario => ({
    seed: stumble.call,
    rotatorSkewMs: [0, 0],
    journal,
    outages: [],
    refusals: [],
    orders: [
      { rotator: 0, atMs: 0, order: 'rotate', attempts: 1 },
      { rotator: 1, atMs: 1_000, order, attempts: 20 },
    ],
    stumbles: [{ rotator: 0, atMs: 0, forMs: 240_000, ...stumble }],
  })
}

/** More than a rotation has. */
const CALLS = { server: 40, store: 140 }
/** In a store every write is several calls, so not every one of them is tried each time. */
const STRIDE = { server: 1, store: process.env['REKEY_SIMULATIONS'] === undefined ? 5 : 1 }

describe.each(['server', 'store'] as const)('with its journal in the %s', (journal) => {
  it.each([
    ['R1-R6 dies before', 'dies before'],
    ['R1-R6 dies after', 'dies after'],
    ['R8 stands still at', 'stands still'],
  ] as const)(
    '%s any of its calls: another rotator goes on, back, or starts an emergency',
    async (_, how) => {
      for (let call = 1; call <= CALLS[journal]; call += STRIDE[journal]) {
        for (const order of ORDERS) {
          const trace = await simulateRoles(stumbling(journal, { call, how })(order))
          expect(trace.violations, String(trace)).toEqual([])
        }
      }
    },
    LONG_MS,
  )
})

it(
  'finds the orphan, or the login that is gone, when rotators do not share a journal',
  async () => {
    const found: string[] = []
    for (let call = 1; call <= CALLS.server; call += 1) {
      const scenario = stumbling('server', { call, how: 'stands still' })('roll-back')
      const trace = await simulateRoles(scenario, ({ clock }) => createMemoryJournal(clock))
      found.push(...trace.violations)
    }
    expect(found.join()).toMatch(/has an orphan|drops the login in use/)
  },
  LONG_MS,
)
