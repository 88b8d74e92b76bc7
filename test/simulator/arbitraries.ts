import fc from 'fast-check'
import type { KeyScenario, MachineSpec, PlacedOrder } from './key-scenario.ts'
import type { RoleScenario } from './role-scenario.ts'
import type { Order } from './rotator-model.ts'
import type { ThirdPartyScenario } from './simulate-third-party.ts'

const MINUTE_MS = 60_000
const SKEW_MS = 5 * MINUTE_MS

const skew = fc.constantFrom(0, -SKEW_MS, SKEW_MS)
const rotator = fc.constantFrom(0 as const, 1 as const)
/** Most rotations are under way in this time, so that what happens then happens to them. */
const atMs = fc.integer({ min: 0, max: 2 * MINUTE_MS })
const forMs = fc.integer({ min: 1_000, max: 2 * MINUTE_MS })
const machine: fc.Arbitrary<MachineSpec> = fc.record({
  skewMs: skew,
  pollMs: fc.constantFrom(1_000, 5_000, 30_000),
})
const machines = fc.array(machine, { minLength: 1, maxLength: 2 })
const replica = fc.constantFrom('alpha-0', 'alpha-1', 'beta-0', 'beta-1')

function placed(orders: readonly Order[]): fc.Arbitrary<PlacedOrder> {
  return fc.record({
    rotator,
    atMs,
    order: fc.constantFrom(...orders),
    attempts: fc.constantFrom(1, 12),
    patienceMs: fc.option(fc.integer({ min: 1_000, max: MINUTE_MS }), { nil: undefined }),
    request: fc.option(fc.constantFrom('monday', 'tuesday'), { nil: undefined }),
  })
}

const stumbles = fc.array(
  fc.record({
    rotator,
    atMs,
    call: fc.integer({ min: 1, max: 40 }),
    how: fc.constantFrom('dies before' as const, 'dies after' as const, 'stands still' as const),
    forMs,
  }),
  { maxLength: 5 },
)

const outagesOf = (what: fc.Arbitrary<string>) =>
  fc.array(fc.record({ of: what, atMs, forMs }), { maxLength: 3 })

const common = (orders: readonly Order[]) => ({
  seed: fc.nat(),
  rotatorSkewMs: fc.tuple(skew, skew),
  journal: fc.constantFrom('server' as const, 'store' as const),
  orders: fc.array(placed(orders), { minLength: 1, maxLength: 4 }),
  stumbles,
})

/** Scenarios with these orders, in which anything may fail that can. */
export function keyScenarios(orders: readonly Order[]): fc.Arbitrary<KeyScenario> {
  return fc.record({
    ...common(orders),
    receivers: machines,
    senders: machines,
    maxLagMs: fc.constantFrom(0, 1_000, 20_000),
    thiefEveryMs: fc.constantFrom(undefined, 400, 11_000),
    outages: outagesOf(fc.oneof(fc.constantFrom('store', 'journal'), replica)),
    restarts: fc.array(
      fc.record({ replica, atMs, downMs: fc.integer({ min: 100, max: MINUTE_MS }) }),
      { maxLength: 3 },
    ),
  })
}

/** The same, but the store answers at once and everybody is reachable; rotators may still die. */
export function calmKeyScenarios(orders: readonly Order[]): fc.Arbitrary<KeyScenario> {
  return keyScenarios(orders).map((scenario) => {
    return { ...scenario, maxLagMs: 0, outages: [], restarts: [] }
  })
}

/** Scenarios of logins with these orders, with the journal where it is asked for. */
export function roleScenarios(
  orders: readonly Order[],
  journals: readonly RoleScenario['journal'][],
): fc.Arbitrary<RoleScenario> {
  return fc.record({
    ...common(orders),
    journal: fc.constantFrom(...journals),
    outages: outagesOf(fc.constantFrom('store', 'journal', 'database')),
    refusals: fc.array(fc.boolean(), { maxLength: 3 }),
  })
}

/** Scenarios at a third party: orders to its adapter are lost, answered by 5xx and 429, or late. */
export function thirdPartyScenarios(from: readonly Order[]): fc.Arbitrary<ThirdPartyScenario> {
  const trouble = fc.constantFrom(
    ...(['lost before', 'lost after', '503 after', '429', 'slow'] as const),
  )
  const troubles = fc.array(fc.record({ order: fc.integer({ min: 1, max: 60 }), trouble }), {
    maxLength: 8,
  })
  const { seed, orders, stumbles } = common(from)
  return fc.record({
    ...{ seed, orders, stumbles, troubles },
    outages: outagesOf(fc.constantFrom('store', 'journal', 'third-party', 'alpha-0')),
  })
}
