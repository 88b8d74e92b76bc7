import { type Actor, type Call, CLAIMING } from './actor.ts'
import type { ReplicaModel } from './replica.ts'
import type { World } from './world.ts'

/**
 * A call that commutes with all else that can happen before it: only one rotator is at work, and what it reads does not change. The order
 * of such a call and of the others makes no difference, so it takes place first. Beside one that has lost its claim, that is a call of the journal.
 */
export function commutingCall(world: World, calls: readonly Call[]): Call | undefined {
  const own = calls.filter(({ actor }) => !isDisplaced(world, actor))
  const isAlone = new Set(own.map(({ actor }) => actor)).size <= 1
  if (!isAlone || calls.some(({ isLate }) => isLate)) return undefined
  if (own.length > 0 && own.length < calls.length) {
    return own.find(({ object }) => object === 'journal')
  }
  const isSteady = (service: ReplicaModel['service']) =>
    !world.replicas.some(
      (replica) => replica.service === service && (replica.isStarting || world.isBehind(replica)),
    )
  return calls.find(({ object, isWrite }) => {
    if (object === 'store') return !isWrite
    if (object === 'journal store') return new Set(calls.map((call) => call.actor)).size === 1
    // A far side changes by its own writes alone, after each of which alpha may be refused, unless one of them is late.
    if (object === 'far side') return !isWrite && world.farSide?.isSettled
    return object === 'journal' || isSteady(object)
  })
}

/**
 * Whether a call changes nothing, whatever comes before it, nor leads to one that does: the rotator has lost its claim, so the journal refuses all that it writes, and
 * after all that it reads it writes to the journal first, but within `abort`; the store refuses a write that expects what it held before another one.
 */
export function isVain(world: World, { actor, object, isWrite, label, expected }: Call): boolean {
  if (!isDisplaced(world, actor) || label === CLAIMING || object === 'journal store') return false
  if (expected !== undefined) return expected !== world.latest.revision
  // What it has read may lead to a write at a far side, which knows of no claim.
  if (world.farSide !== undefined && object !== 'journal') return false
  return object === 'journal' || (!isWrite && actor.known.steps.at(-1) !== 'abort')
}

/** Whether a rotator has lost its claim. */
export function isDisplaced({ journal }: World, { epoch }: Actor): boolean {
  return epoch > 0 && epoch < journal.epoch
}

/** The claim of a rotator that begins at once: that it comes later is explored as a later begin. */
export function isTakingOver({ actor, label }: Call): boolean {
  return actor.isEarly && label === CLAIMING
}
