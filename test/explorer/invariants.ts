import { liveVersions } from '@rekey/secret/internal'
import { DatabaseModel } from './database-model.ts'
import type { FarSideModel } from './far-side-model.ts'
import type { ReplicaModel } from './replica.ts'
import type { Fault } from './scenario.ts'
import type { World } from './world.ts'

/** A violated invariant, and how the run came to it. */
export interface Violation {
  readonly what: string
  readonly trace: readonly string[]
}

/** Ends a run that violates an invariant. */
export class InvariantError extends Error {}

/** The faults of replicas and of the rotator that is taken over, one of which holds up no emergency. */
const HOLDING_UP_NOTHING: readonly Fault[] = [
  'no answer',
  'late replica',
  'restart',
  'join',
  'leave',
  'lie',
  'take-over',
]

/** The most looks at the fleet that the last rotation takes. */
const MOST_LOOKS = 40
/** The most events until all rotators have ended, and then until the last rotation has. */
const MOST_EVENTS = 400

/**
 * The invariants of every run, by their text: each function returns the violation that it finds in a world. Replicas that lie about
 * themselves, and replicas that are not listed, are left out of them.
 */
export const INVARIANTS = new Map<string, (world: World) => string | undefined>([
  [
    'At no instant is a listed caller without an accepted credential. In an emergency one may be: while it sends a version that leaked and that the store holds no more, and at a receiver that was late.',
    findRefused,
  ],
  [
    'Each call of a loaded sender is accepted, if need be with another key that it holds or then reads, before a key has leaked.',
    ({ refused }) => refused,
  ],
  ['After a receipt nothing old is accepted anywhere.', findAccepted],
  [
    'No session of a database login is open of which there is a receipt, and none is ended by a rotation but in an emergency.',
    findSession,
  ],
  [
    'A database login that is in use may do what the first one might, and no role that a rotation has not made is changed, but a stranger that can act as the service, which an emergency closes.',
    findChanged,
  ],
  [
    'Of what the store held when an emergency began, no rotator makes anything current, nothing is in the store once a rotation has ended, and nothing is accepted anywhere unless that rotation names a version as unproven.',
    findLeaked,
  ],
  [
    'An emergency ends in one attempt, whatever one replica does, or the rotator that it takes over.',
    findStopped,
  ],
  [
    'Each change of the store is in the audit log once a last rotation has ended, whatever happened.',
    ({ isOver, unaudited }) =>
      isOver && unaudited !== undefined
        ? `the audit log has nothing of a change by ${unaudited.step}`
        : undefined,
  ],
  [
    'No version is dropped that was used within the validation period before the rotator looked last, or where a listed sender had not answered then. In an emergency one may be, and one that is used, once the overlap is over.',
    ({ haste }) => haste,
  ],
  [
    'No rotator reports that another one is at work, or has taken over, unless that is so.',
    ({ untrue }) => untrue,
  ],
  [
    `Every run ends: the rotators within ${MOST_EVENTS} events, a last rotation without faults within as many.`,
    ({ events }) => (events > MOST_EVENTS ? 'a run does not end' : undefined),
  ],
  [
    `Every run converges: whatever happened, a last rotator without faults finishes within ${MOST_LOOKS} looks at the fleet.`,
    ({ looks }) => (looks > MOST_LOOKS ? 'a rotation does not end' : undefined),
  ],
])

/** @throws {InvariantError} */
export function checkInvariants(world: World): void {
  for (const violated of INVARIANTS.values()) {
    const what = violated(world)
    if (what !== undefined) throw new InvariantError(what)
  }
}

/** A caller is refused if one receiver does not accept the key that it sends first, or a far side none of those that it holds. */
function findRefused(world: World): string | undefined {
  if (world.farSide !== undefined) return findLockedOut(world, world.farSide) ?? findUnread(world)
  const pairs = honest(world, 'alpha').flatMap((sender) =>
    honest(world, 'beta').map((receiver) => ({ sender, receiver })),
  )
  const refused = pairs.find(
    ({ sender, receiver }) =>
      !(sender.isUnaware || receiver.isUnaware) &&
      !receiver.accepts(sender.held.current.version) &&
      !isCutOff(world, sender.held.current.version, receiver),
  )
  if (refused === undefined) return undefined
  const { sender, receiver } = refused
  const sent = world.nameOf(sender.held.current.version)
  return `${sender.name} sends ${sent}, which ${receiver.name} does not accept`
}

/**
 * A far side of one version has callers fall back to another that they hold, and so has any in an emergency, which may cut off who holds
 * only what leaked, and all until a version is replaced that a late write made current once it was ended. Else it accepts the one that they use.
 */
function findLockedOut(world: World, farSide: FarSideModel): string | undefined {
  const { leak, latest } = world
  const locked = honest(world, 'alpha').find(({ held, isLeftBehind }) => {
    const live = liveVersions(held)
    const tried = farSide.shape === 'one' || leak !== undefined ? live : [held.current]
    if (tried.some(({ version }) => farSide.accepts(version))) return false
    const holdsOnlyLeaked = live.every(({ version }) => leak?.versions.has(version))
    const isUndone = leak?.promotedLate === latest.current.version
    return leak === undefined || !(isLeftBehind || holdsOnlyLeaked || isUndone)
  })
  if (locked === undefined) return undefined
  const used = world.nameOf(locked.held.current.version)
  return `${locked.name} uses ${used}, which the far side does not accept`
}

/** Whether an emergency may have a receiver refuse a version. */
function isCutOff({ leak, latest }: World, sent: string, receiver: ReplicaModel): boolean {
  if (leak === undefined) return false
  const isHeld = liveVersions(latest).some(({ version }) => version === sent)
  return receiver.isLeftBehind || (leak.versions.has(sent) && !isHeld)
}

function findLeaked(world: World): string | undefined {
  const { leak, latest } = world
  if (leak === undefined) return undefined
  if (leak.promoted !== undefined)
    return `${world.nameOf(leak.promoted)}, which leaked, becomes current`
  if (leak.ending === undefined) return undefined
  const held = liveVersions(latest).find(({ version }) => leak.versions.has(version))
  if (held !== undefined) return `the store holds ${world.nameOf(held.version)}, which leaked`
  if (leak.ending === 'unproven') return undefined
  return firstAccepted(world, leak.versions, 'which leaked')
}

function findStopped({ stopped, scenario }: World): string | undefined {
  const { faults, depth } = scenario
  const isOfOne = depth === 1 && faults.every((fault) => HOLDING_UP_NOTHING.includes(fault))
  if (stopped === undefined || !isOfOne) return undefined
  return `an emergency ends as ${stopped}`
}

/** A caller reads on the standby with the version in use. */
function findUnread(world: World): string | undefined {
  const { farSide, leak } = world
  if (!(farSide instanceof DatabaseModel) || !farSide.standby || leak) return undefined
  const unread = honest(world, 'alpha').find(
    ({ held }) => !farSide.standbyAccepts(held.current.version),
  )
  if (unread === undefined) return undefined
  const used = world.nameOf(unread.held.current.version)
  return `${unread.name} uses ${used}, which the standby does not accept`
}

function findAccepted(world: World): string | undefined {
  const { farSide, receipts } = world
  if (farSide instanceof DatabaseModel && farSide.standby !== undefined) {
    const open = [...receipts].find((version) => farSide.standbyAccepts(version))
    if (open !== undefined)
      return `the standby accepts ${world.nameOf(open)}, of which there is a receipt`
  }
  return firstAccepted(world, world.receipts, 'of which there is a receipt')
}

function findSession(world: World): string | undefined {
  const { farSide, leak, receipts, replicas } = world
  if (!(farSide instanceof DatabaseModel)) return undefined
  const [cut] = farSide.cut
  if (leak === undefined && cut !== undefined) return `a session of ${world.nameOf(cut)} is ended`
  const there = farSide.standby?.sessions.find(([, version]) => receipts.has(version))
  if (there !== undefined)
    return `${there[0]} has a session of ${world.nameOf(there[1])} at the standby, of which there is a receipt`
  for (const { name, sessions } of replicas) {
    const open = sessions.find((version) => receipts.has(version))
    if (open !== undefined)
      return `${name} has a session of ${world.nameOf(open)}, of which there is a receipt`
  }
  return undefined
}

function findChanged(world: World): string | undefined {
  const { farSide, leak, latest } = world
  if (!(farSide instanceof DatabaseModel)) return undefined
  const { version } = latest.current
  if (leak === undefined && !farSide.hasItsRights(version))
    return `${world.nameOf(version)} has other rights than the first login`
  const harmed = farSide.findHarmed({ isLeaked: leak !== undefined })
  return harmed && `${harmed} is changed`
}

function firstAccepted(
  world: World,
  versions: ReadonlySet<string>,
  which: string,
): string | undefined {
  const far = world.farSide === undefined ? [] : [world.farSide]
  for (const receiver of [...honest(world, 'beta'), ...far]) {
    const accepted = [...versions].find(
      (version) => receiver.accepts(version) && world.farSide?.leftOver.has(version) !== true,
    )
    if (accepted !== undefined) {
      return `${receiver.name} accepts ${world.nameOf(accepted)}, ${which}`
    }
  }
  return undefined
}

function honest(world: World, service: ReplicaModel['service']): ReplicaModel[] {
  return world.of(service).filter(({ lie }) => lie === undefined)
}
