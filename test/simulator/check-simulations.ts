import process from 'node:process'
import fc from 'fast-check'
import type { Trace } from './trace.ts'

const { REKEY_SIMULATIONS, REKEY_SIMULATION_SEED } = process.env

/** Runs one scenario, and tells what must not have happened in the trace. */
export type Simulate<Scenario> = (scenario: Scenario) => Promise<Trace>

/**
 * Runs many scenarios: `fewest`, or `REKEY_SIMULATIONS`. One in which something happens that must not is made as small as possible,
 * and told with its seed and its trace; `REKEY_SIMULATION_SEED` begins with the same seed again.
 */
export async function checkSimulations<Scenario>(
  scenarios: fc.Arbitrary<Scenario>,
  simulate: Simulate<Scenario>,
  fewest: number,
): Promise<void> {
  await fc.assert(propertyOf(scenarios, simulate), {
    numRuns: Math.max(fewest, Number(REKEY_SIMULATIONS ?? 0)),
    ...(REKEY_SIMULATION_SEED !== undefined && { seed: Number(REKEY_SIMULATION_SEED) }),
  })
}

/** What the first of `most` scenarios tells in which something happens that must not; always the same ones. */
export async function firstViolation<Scenario>(
  scenarios: fc.Arbitrary<Scenario>,
  simulate: Simulate<Scenario>,
  most: number,
): Promise<string | undefined> {
  const property = propertyOf(scenarios, simulate)
  const found = await fc.check(property, { seed: 1, numRuns: most, endOnFailure: true })
  return found.errorInstance instanceof Error ? found.errorInstance.message : undefined
}

function propertyOf<Scenario>(scenarios: fc.Arbitrary<Scenario>, simulate: Simulate<Scenario>) {
  return fc.asyncProperty(scenarios, async (scenario) => {
    const trace = await simulate(scenario)
    if (trace.violations.length === 0) return
    throw new Error([...trace.violations, String(trace)].join('\n'))
  })
}
