import { liveVersions } from '@rekey/secret/internal'
import { placeStumbles } from './place-faults.ts'
import type { RoleScenario } from './role-scenario.ts'
import { type OtherJournal, RoleWorld } from './role-world.ts'
import { rotateToEnd, runWorld } from './run-world.ts'
import type { Trace } from './trace.ts'

/**
 * Runs a scenario: the orders with all their faults, then one more rotation when everything works again. What must not have happened
 * is in the `violations` of the trace.
 */
export async function simulateRoles(scenario: RoleScenario, other?: OtherJournal): Promise<Trace> {
  const world = await RoleWorld.open(scenario, other)
  const { parts, rotators } = world
  placeStumbles(scenario.stumbles, rotators, parts)
  await runWorld(parts, carryOut(scenario, world))
  return parts.trace
}

async function carryOut({ orders }: RoleScenario, world: RoleWorld): Promise<void> {
  const { parts, rotators, store, server } = world
  const ended = orders.map(async ({ rotator, atMs, ...task }) => {
    await parts.time.sleep(atMs)
    await rotators[rotator].carryOut(task)
  })
  await Promise.all(ended)
  await rotateToEnd(parts, rotators[0])
  const { trace } = parts
  if (liveVersions(store.latest).length > 1) trace.violate('store', 'holds more than one version')
  for (const role of server.roles) {
    if (role !== store.latest.current.version) {
      trace.violate('server', `has an orphan, ${trace.nameOf({ version: role })}`)
    }
  }
}
