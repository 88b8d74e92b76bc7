import { liveVersions } from '@rekey/secret/internal'
import { Attacker } from './attacker.ts'
import type { KeyScenario } from './key-scenario.ts'
import { KeyWorld, MAX_LATENCY_MS, type Sabotage } from './key-world.ts'
import { placeAt, placeStumbles } from './place-faults.ts'
import { rotateToEnd, runWorld } from './run-world.ts'

const ATTACK_EVERY_MS = 4_000

/**
 * Runs a scenario: the orders with all their faults, then one more rotation when everything works again. All along somebody tries
 * every key that was revoked at every receiver, and in some scenarios also every key that is about to be.
 *
 * @returns the world as it is then; what must not have happened is in `parts.trace.violations`
 */
export async function simulateKeys(scenario: KeyScenario, sabotage?: Sabotage): Promise<KeyWorld> {
  const world = new KeyWorld(scenario, sabotage)
  const { parts, rotators, replicas } = world
  await world.start()
  placeStumbles(scenario.stumbles, rotators, parts)
  for (const { replica, atMs, downMs } of scenario.restarts) {
    const model = replicas.find(({ machine }) => machine.name === replica)
    placeAt(parts, atMs, () => void model?.restart(downMs))
  }
  for (const { rotator, atMs, byMs } of scenario.clockChanges ?? []) {
    placeAt(parts, atMs, () => {
      rotators[rotator].setClock(byMs)
    })
  }
  const attacker = new Attacker(world)
  void attacker.run(scenario.attackEveryMs ?? ATTACK_EVERY_MS)
  if (scenario.thiefEveryMs !== undefined) void attacker.steal(scenario.thiefEveryMs)
  await runWorld(parts, carryOut(scenario, world, attacker))
  return world
}

async function carryOut(scenario: KeyScenario, world: KeyWorld, attacker: Attacker): Promise<void> {
  const { orders } = scenario
  const { trace, time } = world.parts
  const leaks = orders.some(({ order }) => order === 'emergency')
  const ended = orders.map(async ({ rotator, atMs, ...task }) => {
    await time.sleep(atMs)
    const ending = await world.rotators[rotator].carryOut(task)
    const isTakenBack = task.order === 'emergency' && ending.as === 'rolled-back'
    if (isTakenBack) trace.violate('world', 'the leaked key came back')
    // An emergency names who is late and leaves them behind, so nothing is known of them at its end.
    const revoked = ending.as === 'rotated' ? ending.rotated.revoked : undefined
    if (revoked !== undefined && !leaks) attacker.expectDead(revoked)
  })
  await Promise.all(ended)
  await rotateToEnd(world.parts, world.rotators[0])
  await expectRest(scenario, world, attacker)
}

/** Once everybody had time to read the store: it holds one version, everybody knows that one alone, and nobody is refused. */
async function expectRest(
  { receivers, senders, visits = [], maxLagMs }: KeyScenario,
  world: KeyWorld,
  attacker: Attacker,
): Promise<void> {
  const { parts, store, calls } = world
  const { trace, time } = parts
  const pollMs = Math.max(...[...receivers, ...senders, ...visits].map((machine) => machine.pollMs))
  await time.sleep(pollMs + maxLagMs + 10_000)
  const { current } = store.latest
  const others = [...store.values.keys()].filter((version) => version !== current.version)
  for (const version of others) attacker.expectDead(version)
  const refusedBefore = calls.refusedAtFirst
  await attacker.attack()
  await time.sleep(4 * MAX_LATENCY_MS)
  if (calls.refusedAtFirst > refusedBefore) trace.violate('world', 'callers are still refused')
  if (liveVersions(store.latest).length > 1) trace.violate('store', 'holds more than one version')
  for (const { machine, program } of world.replicas) {
    const known = program?.service.health().secrets[0]?.versions.map(({ version }) => version)
    if (known?.join() === current.version) continue
    trace.violate(machine.name, 'does not hold the current version alone')
  }
}
