import { setImmediate } from 'node:timers/promises'
import { liveVersions } from '@rekey/secret/internal'
import { HALTED } from './actor.ts'
import type { Choose } from './explore.ts'
import { checkInvariants, InvariantError, type Violation } from './invariants.ts'
import { optionsIn } from './options.ts'
import { type Ending, Rotators } from './rotator.ts'
import { TIMES } from './scenario.ts'
import { nameState } from './state-name.ts'
import type { World } from './world.ts'

/** How often a rotator tries: the second outlives the lease of one that died. */
const ATTEMPTS = [1, 3]
const LAST_ATTEMPTS = 5

/** Runs a new world to its end. Returns the invariant that it violated, if any. */
export async function runWorld(world: World, choose: Choose): Promise<Violation | undefined> {
  try {
    await world.start()
    const rotators = new Rotators(world)
    world.scenario.orders.forEach((order, n) => {
      const task = { order, afterMs: n * (TIMES.leaseMs + 1), attempts: ATTEMPTS[n] ?? 1 }
      void rotators.carryOut(`rotator-${n}`, { ...task, request: 'monday' }).catch(unlessHalted)
    })
    await moveOn(world, choose)
    choose(1, () => `end ${nameState(world)}`)
    await rotateToEnd(world, rotators)
    return undefined
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error
    return { what: error.message, trace: world.trace }
  } finally {
    for (const actor of world.actors) actor.halt()
    for (const replica of world.replicas) await replica.close()
    await setImmediate()
  }
}

/** Lets happen what is chosen, one thing after the other, until every rotator has ended. */
async function moveOn(world: World, choose: Choose): Promise<void> {
  for (;;) {
    await setImmediate()
    world.events += 1
    checkInvariants(world)
    if (world.actors.every(({ state }) => state === 'ended' || state === 'dead')) return
    const options = optionsIn(world)
    const at = options.length === 1 ? 0 : choose(options.length, () => nameState(world))
    const option = options[at]
    if (option === undefined) throw new InvariantError('nothing can happen any more')
    if (option.fault !== undefined) world.faultsLeft -= 1
    if (option.label !== 'time passes') world.log(option.label)
    await option.happen()
  }
}

/** Whatever happened before, one more rotation without faults comes to its end, and leaves one version everywhere. */
async function rotateToEnd(world: World, rotators: Rotators): Promise<void> {
  world.log('everything works again')
  world.faultsLeft = 0
  world.events = 0
  for (const { effect } of world.farSide?.late.splice(0) ?? []) await effect()
  for (const replica of world.replicas) {
    if (replica.lie !== undefined) await replica.restart(world.latest)
    if (replica.isStarting) replica.isListed = true
    const calm = { isLate: false, isStarting: false, isMute: false, isKeeping: false }
    Object.assign(replica, { ...calm, kept: undefined })
  }
  let ending: Ending | undefined
  const task = { order: 'rotate', afterMs: 0, attempts: LAST_ATTEMPTS } as const
  void rotators.carryOut('last rotator', task).then((as) => (ending = as), unlessHalted)
  await moveOn(world, () => 0)
  if (ending !== 'rotated') throw new InvariantError(`the last rotation ends as ${ending}`)
  if (liveVersions(world.latest).length > 1) throw new InvariantError('two versions are left')
  const accepted = world.farSide?.accepted ?? [world.latest.current.version]
  if (accepted.length !== 1 || accepted[0] !== world.latest.current.version) {
    throw new InvariantError(`the far side accepts ${accepted.length} versions`)
  }
  world.isOver = true
  checkInvariants(world)
  const behind = world.replicas.find((replica) => world.isBehind(replica))
  if (behind !== undefined) throw new InvariantError(`${behind.name} has not the last version`)
}

function unlessHalted(error: unknown): void {
  if (error !== HALTED) throw error
}
