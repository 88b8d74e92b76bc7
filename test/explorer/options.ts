import type { Call } from './actor.ts'
import { DatabaseModel } from './database-model.ts'
import { FAULTS_OF_CALLS } from './faults-of-calls.ts'
import { allowed, type Option } from './option.ts'
import { commutingCall, isDisplaced, isTakingOver, isVain } from './partial-order.ts'
import { changesBefore, leavingOf, listingOf, reading, readingOf } from './replica-options.ts'
import type { StandbyModel } from './standby-model.ts'
import type { World } from './world.ts'

/** All that can happen next. Time passes only where nothing else can happen but what may be late. */
export function optionsIn(world: World): Option[] {
  const running = world.actors.filter(({ state }) => state === 'running')
  const paused = world.actors.filter(({ state }) => state === 'paused')
  const calls = running.flatMap((each) => each.calls.filter(({ waits }) => waits?.() !== true))
  const first = calls.find((call) => isTakingOver(call) || isVain(world, call))
  const alone = first ?? (paused.length === 0 ? commutingCall(world, calls) : undefined)
  if (alone !== undefined) return optionsOf(world, alone)
  // Time passes beside the calls of a rotator that was taken over.
  const isHeldUp = ({ actor }: Call) =>
    world.scenario.faults.includes('take-over') && isDisplaced(world, actor)
  const [heldUp, due] = [calls.filter(isHeldUp), calls.filter((call) => !isHeldUp(call))]
  const prompt = due.flatMap((call) => optionsOf(world, call))
  const behind = world.replicas.filter((replica) => world.isBehind(replica))
  prompt.push(...behind.filter(({ isLate }) => !isLate).flatMap((each) => reading(world, each)))
  const starting = world.replicas.filter(({ isStarting }) => isStarting)
  prompt.push(...starting.map((replica) => listingOf(world, replica)))
  const standby = world.farSide instanceof DatabaseModel ? world.farSide.standby : undefined
  if (standby?.isBehind === true) prompt.push(replayOf(standby))
  const late = [
    ...heldUp.flatMap((call) => optionsOf(world, call)),
    ...behind.filter(({ isLate }) => isLate).map((replica) => readingOf(world, replica)),
    ...paused.map((actor) => ({
      label: `${actor.name} goes on`,
      happen: () => {
        actor.resume()
      },
    })),
    ...(world.farSide?.lateEnds ?? []),
    ...world.replicas.filter(({ kept }) => kept !== undefined).map(leavingOf),
  ]
  const mayPass = prompt.length === 0 && world.nextMs < Infinity
  const passing = {
    label: 'time passes',
    happen: () => world.passTime(),
  }
  return [...prompt, ...(mayPass ? [passing] : []), ...late]
}

function replayOf(standby: StandbyModel): Option {
  return {
    label: `${standby.name} replays a change`,
    happen: () => {
      standby.replay()
    },
  }
}

function optionsOf(world: World, call: Call): Option[] {
  const { actor, label, effect, settle } = call
  const what = `${actor.name} ${label}`
  const taken = (happen: Option['happen']) => () => {
    actor.calls = actor.calls.filter((each) => each !== call)
    return happen()
  }
  const plain = taken(async () => {
    settle(await effect())
  })
  const { within } = world.scenario
  const isElsewhere = within !== undefined && within !== actor.known.steps.at(-1)
  if (world.faultsLeft === 0 || isElsewhere) return [{ label: what, happen: plain }]
  const faulty = Array.from(FAULTS_OF_CALLS, ([fault, optionOf]): Option[] => {
    const option = optionOf(call, world)
    if (option === undefined) return []
    return [{ label: `${what} ${option.label}`, fault, happen: taken(option.happen) }]
  })
  return allowed(world, [
    ...changesBefore(world, call),
    ...leakBefore(call),
    ...takeOverBefore(world, call),
    ...faulty.flat(),
    { label: what, happen: plain },
  ])
}

/** A rotator is stopped before its call has taken place. */
function leakBefore({ actor, label, isLate }: Call): Option[] {
  if (actor.order !== 'rotate' || isLate) return []
  const happen = () => {
    actor.stop()
  }
  return [{ label: `${actor.name} ${label}: the key has leaked`, fault: 'leak', happen }]
}

/** The second rotator begins before a call of the first has taken place. */
function takeOverBefore({ actors }: World, { actor }: Call): Option[] {
  const [first, second] = actors
  if (actor !== first || second?.isWaiting !== true) return []
  const happen = () => {
    second.beginNow()
  }
  return [{ label: `${second.name} begins at once`, fault: 'take-over', happen }]
}
