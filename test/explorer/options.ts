import { RotationError } from '@rekey/rekey/engine'
import { SecretError } from '@rekey/secret'
import { type Actor, type Call, CLAIMING, type Reply } from './actor.ts'
import { LIES, ReplicaModel } from './replica.ts'
import type { Fault } from './scenario.ts'
import { KEY, type World } from './world.ts'

/** Something that can happen next. */
export interface Option {
  readonly label: string
  readonly fault?: Fault
  readonly happen: () => Promise<void> | void
}

/** The faults that are possible where a call takes place, beside the call. */
const FAULTS_OF_CALLS = new Map<
  Fault,
  (call: Call, world: World) => Omit<Option, 'fault'> | undefined
>([
  [
    'crash',
    // After a read the others see what they saw before it.
    ({ isWrite, actor, effect }) =>
      isWrite
        ? {
            label: 'and dies',
            happen: async () => {
              await effect()
              actor.state = 'dead'
            },
          }
        : undefined,
  ],
  [
    'standstill',
    ({ actor, effect, settle }) => ({
      label: 'and stands still',
      happen: async () => {
        const reply = await effect()
        actor.state = 'paused'
        actor.unread.push(() => {
          settle(reply)
        })
      },
    }),
  ],
  [
    'lost reply',
    (call, world) =>
      isOfServer(call)
        ? {
            label: 'and gets no reply',
            happen: async () => {
              await call.effect()
              call.settle(noReply(call, world))
            },
          }
        : undefined,
  ],
  [
    'stale read',
    ({ before, settle }) => {
      const reply = before?.()
      return (
        reply && {
          label: 'as it was before',
          happen: () => {
            settle(reply)
          },
        }
      )
    },
  ],
  [
    'false conflict',
    ({ object, isWrite, settle }) =>
      isWrite && (object === 'store' || object === 'journal store')
        ? {
            label: 'and is refused as too late',
            happen: () => {
              settle({ text: 'conflict', error: new SecretError('conflict', 'changed by another') })
            },
          }
        : undefined,
  ],
  [
    'late end',
    ({ object, label, effect, settle }, { farSide }) =>
      object === 'far side' && label.startsWith('ends v')
        ? {
            label: 'later, which is answered now',
            happen: () => {
              farSide?.late.push({ label, effect })
              settle({ text: 'undefined' })
            },
          }
        : undefined,
  ],
  [
    'lost request',
    (call, world) =>
      isOfServer(call) && call.isWrite
        ? {
            label: 'in vain, and gets no reply',
            happen: () => {
              call.settle(noReply(call, world))
            },
          }
        : undefined,
  ],
])

/** What is none of a replica. */
const SERVERS: ReadonlySet<string> = new Set(['store', 'journal', 'journal store', 'far side'])

function isOfServer({ object }: Call): boolean {
  return SERVERS.has(object)
}

function noReply({ object }: Call, { scenario }: World): Reply {
  const isSuspected = object === 'journal' && scenario.sabotage?.suspectsOthers === true
  const error = isSuspected
    ? new RotationError('fenced', KEY, 'another rotator took it over')
    : new SecretError('unreachable', `the ${object} does not answer`)
  return { text: 'no reply', error }
}

/** All that can happen next. Time passes only where nothing else can happen but what may be late. */
export function optionsIn(world: World): Option[] {
  const running = world.actors.filter(({ state }) => state === 'running')
  const paused = world.actors.filter(({ state }) => state === 'paused')
  const calls = running.flatMap((actor) => actor.calls)
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
    happen: () => {
      world.passTime()
    },
  }
  return [...prompt, ...(mayPass ? [passing] : []), ...late]
}

/**
 * A call that commutes with all else that can happen before it: only one rotator is at work, and what it reads does not change. The order
 * of such a call and of the others makes no difference, so it takes place first. Beside one that has lost its claim, that is a call of the journal.
 */
function commutingCall(world: World, calls: readonly Call[]): Call | undefined {
  const own = calls.filter(({ actor }) => !isDisplaced(world, actor))
  const isAlone = new Set(own.map(({ actor }) => actor)).size <= 1
  if (!isAlone || calls.some(({ isLate }) => isLate)) return undefined
  if (own.length > 0 && own.length < calls.length) {
    return own.find(({ object }) => object === 'journal')
  }
  const isSteady = (service: ReplicaModel['service']) =>
    !world.of(service).some((replica) => world.isBehind(replica))
  return calls.find(({ object, isWrite }) => {
    if (object === 'store') return !isWrite
    if (object === 'journal store') return new Set(calls.map((call) => call.actor)).size === 1
    // A far side changes by its own writes alone, after each of which alpha may be refused, unless one of them is late.
    if (object === 'far side') return !isWrite && world.farSide?.late.length === 0
    return object === 'journal' || isSteady(object)
  })
}

/**
 * Whether a call changes nothing, whatever comes before it, nor leads to one that does: the rotator has lost its claim, so the journal refuses all that it writes, and
 * after all that it reads it writes to the journal first, but within `abort`; the store refuses a write that expects what it held before another one.
 */
function isVain(world: World, { actor, object, isWrite, label, expected }: Call): boolean {
  if (!isDisplaced(world, actor) || label === CLAIMING || object === 'journal store') return false
  if (expected !== undefined) return expected !== world.latest.revision
  // What it has read may lead to a write at a far side, which knows of no claim.
  if (world.farSide !== undefined && object !== 'journal') return false
  return object === 'journal' || (!isWrite && actor.known.steps.at(-1) !== 'abort')
}

function isDisplaced({ journal }: World, { epoch }: Actor): boolean {
  return epoch > 0 && epoch < journal.epoch
}

/** The claim of a rotator that begins at once: that it comes later is explored as a later begin. */
function isTakingOver({ actor, label }: Call): boolean {
  return actor.isEarly && label === CLAIMING
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

function allowed({ scenario, faultsLeft }: World, options: readonly Option[]): Option[] {
  const { faults } = scenario
  return options.filter(
    ({ fault }) => fault === undefined || (faultsLeft > 0 && faults.includes(fault)),
  )
}

function readingOf(world: World, replica: ReplicaModel): Option {
  return {
    label: `${replica.name} reads the store`,
    happen: () => {
      replica.load(world.latest)
    },
  }
}

function leavingOf(replica: ReplicaModel): Option {
  return {
    label: `${replica.name} ends the session that it kept`,
    happen: () => {
      replica.kept = undefined
    },
  }
}

function reading(world: World, replica: ReplicaModel): Option[] {
  const happen = () => {
    replica.isLate = true
    replica.isLeftBehind = true
  }
  const label = `${replica.name} does not read the store for now`
  return allowed(world, [readingOf(world, replica), { label, fault: 'late replica', happen }])
}

/** What may have happened to the replicas by the time of this call: only the store's writes and their reports tell when. */
function changesBefore(world: World, { object, isWrite }: Call): Option[] {
  if (object === 'journal' || object === 'journal store' || object === 'far side') return []
  if (object === 'store') {
    const services =
      world.farSide === undefined ? (['alpha', 'beta'] as const) : (['alpha'] as const)
    return isWrite ? services.map((each) => joining(world, each)) : []
  }
  const members = world.of(object)
  return [joining(world, object), ...members.flatMap((each) => changesOf(world, each, members))]
}

function joining(world: World, service: ReplicaModel['service']): Option {
  const n = world.replicas.filter((replica) => replica.service === service).length
  const name = `${service}-${n}`
  const happen = () => {
    world.replicas.push(new ReplicaModel(name, world.latest))
  }
  return { label: `${name} joins`, fault: 'join', happen }
}

function changesOf(
  world: World,
  replica: ReplicaModel,
  members: readonly ReplicaModel[],
): Option[] {
  const { name, service, held } = replica
  const change = (fault: Fault, what: string, happen: () => void): Option => {
    return { label: `${name} ${what}`, fault, happen }
  }
  const kept = replica.dropped.at(-1) ?? held.previous?.version
  const options = [
    change('no answer', 'does not answer once', () => {
      replica.isMute = true
    }),
    change('restart', 'is restarted', () => {
      replica.restart(world.latest)
    }),
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
    const send = () => {
      world.send(replica, kept)
    }
    options.push(change('kept key', `sends ${world.nameOf(kept)}, which it kept`, send))
  }
  return options
}
