import type { Call } from './actor.ts'
import { allowed, type Option } from './option.ts'
import { LIES, type ReplicaModel } from './replica.ts'
import { startReplica } from './replicas-of-world.ts'
import type { Fault } from './scenario.ts'
import type { World } from './world.ts'

/** A replica reads the store. */
export function readingOf(world: World, replica: ReplicaModel): Option {
  return {
    label: `${replica.name} reads the store`,
    happen: () => replica.load(world.latest),
  }
}

/** A replica that is behind by two writes reads what was there before the last one. */
function staleReadingOf({ before }: World, replica: ReplicaModel): Option[] {
  if (before === undefined || before.revision === replica.held.revision) return []
  const label = `${replica.name} reads the store as it was before`
  return [{ label, fault: 'stale read', happen: () => replica.load(before) }]
}

/** A replica ends the session that it kept. */
export function leavingOf(replica: ReplicaModel): Option {
  return {
    label: `${replica.name} ends the session that it kept`,
    happen: () => {
      replica.kept = undefined
    },
  }
}

/** A replica reads the store, or does not for now. */
export function reading(world: World, replica: ReplicaModel): Option[] {
  const happen = () => {
    replica.isLate = true
    replica.isLeftBehind = true
  }
  const label = `${replica.name} does not read the store for now`
  const stale = world.scenario.areReplicasLoaded ? staleReadingOf(world, replica) : []
  const late = { label, fault: 'late replica', happen } as const
  return allowed(world, [readingOf(world, replica), ...stale, late])
}

/** What may have happened to the replicas by the time of this call: only the store's writes and their reports tell when. */
export function changesBefore(world: World, { object, isWrite }: Call): Option[] {
  if (object === 'journal' || object === 'journal store' || object === 'far side') return []
  if (object === 'store') {
    const services =
      world.farSide === undefined ? (['alpha', 'beta'] as const) : (['alpha'] as const)
    return isWrite
      ? services.flatMap((each) => [joining(world, each), ...starting(world, each)])
      : []
  }
  const members = world.of(object)
  return [joining(world, object), ...members.flatMap((each) => changesOf(world, each, members))]
}

function joining(world: World, service: ReplicaModel['service']): Option {
  const n = world.replicas.filter((replica) => replica.service === service).length
  const name = `${service}-${n}`
  const happen = async () => {
    world.replicas.push(await startReplica(world, name))
  }
  return { label: `${name} joins`, fault: 'join', happen }
}

/** A loaded replica that has read the store before it is listed. */
function starting(world: World, service: ReplicaModel['service']): Option[] {
  if (world.scenario.areReplicasLoaded !== true) return []
  const { label, happen: join } = joining(world, service)
  const happen = async () => {
    await join()
    Object.assign(world.replicas.at(-1) ?? {}, { isListed: false, isStarting: true })
  }
  return [{ label: `${label} before it is listed`, fault: 'late listing', happen }]
}

/** Discovery lists a replica that has started. It polls late if the store has changed since. */
export function listingOf(world: World, replica: ReplicaModel): Option {
  const happen = () => {
    Object.assign(replica, { isListed: true, isStarting: false })
    replica.isLate = world.isBehind(replica)
  }
  return { label: `${replica.name} is listed`, happen }
}

function changesOf(
  world: World,
  replica: ReplicaModel,
  members: readonly ReplicaModel[],
): Option[] {
  const { name, service, held } = replica
  const change = (fault: Fault, what: string, happen: Option['happen']): Option => {
    return { label: `${name} ${what}`, fault, happen }
  }
  const kept = replica.dropped.at(-1) ?? held.previous?.version
  const options = [
    change('no answer', 'does not answer once', () => {
      replica.isMute = true
    }),
    change('restart', 'is restarted', () => replica.restart(world.latest)),
    ...LIES.map((lie) =>
      change('lie', `${lie} from here on`, () => {
        replica.beginToLie(lie)
      }),
    ),
  ]
  if (members.length > 1) {
    const leave = () => {
      replica.isListed = false
    }
    options.push(change('leave', 'leaves', leave))
  }
  if (world.farSide !== undefined && replica.session !== undefined) {
    const keep = () => {
      replica.isKeeping = true
    }
    options.push(change('kept session', 'keeps its session', keep))
  }
  if (service === 'alpha' && kept !== undefined) {
    const send = () => world.send(replica, kept)
    options.push(change('kept key', `sends ${world.nameOf(kept)}, which it kept`, send))
  }
  return options
}
