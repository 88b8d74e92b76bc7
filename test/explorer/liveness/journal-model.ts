import type { Model, Move } from './fair-cycles.ts'
import {
  become,
  type Call,
  changed,
  endLeases,
  type Entry,
  type Fault,
  isOf,
  leave,
  type Rotator,
  type Setting,
  START,
  type State,
} from './journal-state.ts'

/** Writes of one rotation after its claim: it is begun, and it is ended once no replica is late. */
const WRITES = 2

const NO_FAULTS = { crash: 0, 'lost reply': 0, standstill: 0, join: 0 }
const READ = { call: 'read', isFresh: false } as const

/** The journal's protocol for one secret: who holds the claim, in which calls of a store it is written, and how it passes on. */
export class JournalModel implements Model<State> {
  readonly first: State
  readonly #setting: Setting

  constructor(setting: Setting) {
    this.#setting = setting
    this.first = {
      current: { by: -1, write: 0, holds: false, urgent: false },
      hasPrevious: false,
      rotators: setting.urgent.map(() => START),
      late: 1,
      urgent: setting.urgent,
      faults: { ...NO_FAULTS, ...setting.faults },
    }
  }

  isOver({ rotators }: State): boolean {
    return rotators.every(({ does }) => does === 'done' || does === 'dead')
  }

  moves(state: State): Move<State>[] {
    const { isAtomic, without } = this.#setting
    const moves: Move<State>[] = []
    const fault = (what: Fault, to: State, who?: number) => {
      const faults = { ...state.faults, [what]: state.faults[what] - 1 }
      const by = who === undefined ? {} : { who }
      if (faults[what] >= 0) moves.push({ what, ...by, isFault: true, to: { ...to, faults } })
    }
    for (const [who, rotator] of state.rotators.entries()) {
      if (rotator.does === 'done' || rotator.does === 'dead') continue
      fault('crash', leave(state, who, 'dead'), who)
      if (this.#waits(state, who, rotator)) continue
      moves.push({ what: 'call', who, to: this.#step(state, who, rotator) })
      if (isAtomic || rotator.call !== 'read')
        fault('lost reply', this.#unanswered(state, who, rotator), who)
    }
    const held = [state.current, state.pending].filter((entry) => entry?.holds && !entry.isOver)
    const isLeft = held.some((entry) => entry?.isLeft)
    if (isLeft && without !== 'leases')
      moves.push({ what: 'lease end', to: endLeases(state, false) })
    if (held.length > 0) fault('standstill', endLeases(state, true))
    const joined = { ...state, late: 1 }
    if (state.late > 0) moves.push({ what: 'replica', to: { ...state, late: 0 } })
    else if (without === 'an end of joins') moves.push({ what: 'join', isFault: true, to: joined })
    fault('join', joined)
    return moves
  }

  /** A rotation ends once no replica is late; an emergency leaves late ones behind. */
  #waits({ late, current }: State, who: number, { does, write, call }: Rotator): boolean {
    const isPatient = !this.#setting.urgent[who] && current.open !== 'emergency'
    const isDue = does === 'work' && write === WRITES && call === 'read'
    return isDue && isPatient && late > 0 && this.#setting.without !== 'an end of writes'
  }

  #step(state: State, who: number, rotator: Rotator): State {
    const next = this.#perform(state, who, rotator)
    if (!this.#setting.isAtomic || next.rotators[who]?.call === 'read') return next
    return this.#written({ ...next, current: this.#record(state, who, rotator) }, who, rotator)
  }

  /** It took place, and the rotator does not know. */
  #unanswered(state: State, who: number, rotator: Rotator): State {
    const next = this.#step(state, who, rotator)
    const { does } = rotator
    if (does === 'tidy' || does === 'withdraw') return next
    // PostgreSQL keeps no id of a claim: it is made anew, beside its own lease.
    if (this.#setting.isAtomic && does === 'claim') return leave(next, who, 'claim')
    return become(next, who, { ...rotator, ...READ })
  }

  #perform(state: State, who: number, rotator: Rotator): State {
    const { does, call, isFresh } = rotator
    if (call === 'read') return this.#read(state, who, rotator)
    if (!isFresh) return does === 'tidy' ? leave(state, who, 'done') : become(state, who, READ)
    const without = call === 'revoke' ? { hasPrevious: false } : { pending: undefined }
    if (does === 'tidy') return leave(changed(state, who, without, 'read'), who, 'done')
    if (does === 'withdraw') return leave(changed(state, who, without, 'read'), who, 'claim')
    if (call === 'stage')
      return changed(state, who, { pending: this.#record(state, who, rotator) }, 'promote')
    if (call === 'revoke' || call === 'abort')
      return changed(state, who, without, this.#next({ ...state, ...without }))
    const current = state.pending ?? state.current
    const after = changed(state, who, { current, pending: undefined, hasPrevious: true }, 'read')
    return call === 'finish' ? after : this.#written(after, who, rotator)
  }

  #read(state: State, who: number, rotator: Rotator): State {
    const { does, write } = rotator
    const { current, pending, hasPrevious } = state
    const go = (call: Call) => become(state, who, { call, isFresh: true })
    if (does === 'withdraw') return isOf(pending, who) ? go('abort') : leave(state, who, 'claim')
    if (does === 'tidy')
      return hasPrevious && isOf(current, who) ? go('revoke') : leave(state, who, 'done')
    // A statement that is repeated renews the lease; a store shows the record that was written.
    const isShown = isOf(current, who) && current.write === write && !this.#setting.isAtomic
    if (isShown) return this.#written(state, who, rotator)
    if (isOf(pending, who) && pending?.write === write) return go('promote')
    if (does === 'claim' && this.#isRefused(current, who))
      return become(state, who, { does: 'withdraw' })
    if (does === 'claim' || isOf(current, who)) return go(this.#next(state))
    return leave(state, who, does === 'release' ? 'done' : 'claim')
  }

  #isRefused({ holds, isOver, urgent, open }: Entry, who: number): boolean {
    const isEmergency =
      (urgent || open === 'emergency') && this.#setting.without !== 'waiting emergencies'
    return holds && !isOver && (!this.#setting.urgent[who] || isEmergency)
  }

  /** What comes before a record can be staged: what another has staged is committed for it. */
  #next({ hasPrevious, pending }: State): Call {
    if (hasPrevious) return 'revoke'
    if (pending === undefined) return 'stage'
    return this.#setting.without === 'finishing' ? 'abort' : 'finish'
  }

  #record({ current }: State, who: number, { does, write }: Rotator): Entry {
    const isEmergency = this.#setting.urgent[who] === true
    const isGrave = isEmergency || current.open === 'emergency'
    const ofWork = write < WRITES ? (isGrave ? 'emergency' : 'rotation') : undefined
    // A claim alone changes nothing about the rotation that is open.
    const open = does === 'work' ? ofWork : current.open
    const urgent = does === 'claim' ? isEmergency : current.urgent
    return { by: who, write, holds: does !== 'release', urgent, ...(open && { open }) }
  }

  #written(state: State, who: number, { does, write }: Rotator): State {
    if (does === 'release') return become(state, who, { ...READ, does: 'tidy' })
    const isLast = write === WRITES && this.#setting.without !== 'an end of writes'
    if (isLast) return become(state, who, { ...READ, does: 'release', write: write + 1 })
    return become(state, who, { ...READ, does: 'work', write: Math.min(write + 1, WRITES) })
  }
}
