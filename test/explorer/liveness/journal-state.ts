/** A record of the journal, as far as it decides who may write. */
export interface Entry {
  /** The rotator that wrote it; `write` counts within its claim. */
  readonly by: number
  readonly write: number
  readonly holds: boolean
  /** Whether its lease is over. */
  readonly isOver?: boolean
  /** Whether its rotator has ended the claim, so that it belongs to none. */
  readonly isLeft?: boolean
  /** Whether an emergency made the claim. */
  readonly urgent: boolean
  /** The open rotation, if there is one. */
  readonly open?: 'rotation' | 'emergency'
}

/** `finish` promotes what another rotator has staged. */
export type Call = 'read' | 'revoke' | 'abort' | 'finish' | 'stage' | 'promote'

export interface Rotator {
  readonly does: 'claim' | 'withdraw' | 'work' | 'release' | 'tidy' | 'done' | 'dead'
  /** The call of the store that it makes next. */
  readonly call: Call
  /** Whether the entry is as it was when this rotator read it. */
  readonly isFresh: boolean
  readonly write: number
}

/** The entry of one secret, its rotators, the replicas that have still to load the version, and the faults that may still happen. */
export interface State {
  readonly current: Entry
  readonly pending?: Entry | undefined
  readonly hasPrevious: boolean
  readonly rotators: readonly Rotator[]
  readonly late: number
  readonly faults: Readonly<Record<Fault, number>>
  /** Whether each rotator carries out an emergency. */
  readonly urgent: readonly boolean[]
}

export type Fault = 'crash' | 'lost reply' | 'standstill' | 'join'

export interface Setting extends Pick<State, 'urgent'> {
  readonly faults?: Partial<State['faults']>
  /** Whether the journal is in PostgreSQL: a write is one statement, which reads too. */
  readonly isAtomic?: boolean
  /** What the model is robbed of. */
  readonly without?:
    'finishing' | 'leases' | 'waiting emergencies' | 'an end of writes' | 'an end of joins'
}

/** A rotator that has done nothing yet. */
export const START: Rotator = { does: 'claim', call: 'read', isFresh: false, write: 0 }

/** Whether an entry is of a claim of this rotator. */
export function isOf(entry: Entry | undefined, who: number): boolean {
  return entry?.by === who && entry.isLeft !== true
}

/** Changes one rotator. */
export function become(state: State, who: number, change: Partial<Rotator>): State {
  const rotators = state.rotators.map((each, n) => (n === who ? { ...each, ...change } : each))
  return { ...state, rotators }
}

/** A write of the store that takes place: all others have read something older. */
export function changed(state: State, who: number, change: Partial<State>, call: Call): State {
  const rotators = state.rotators.map((each, n) => ({ ...each, isFresh: n === who }))
  return become({ ...state, ...change, rotators }, who, { call })
}

/** Ends a claim: what is left of it is of no rotator. */
export function leave(state: State, who: number, does: 'claim' | 'done' | 'dead'): State {
  const left = (entry: Entry): Entry => (entry.by === who ? { ...entry, isLeft: true } : entry)
  return become(mapped(state, left), who, { ...START, does })
}

/** Ends the leases of claims that have ended, or all. */
export function endLeases(state: State, isAll: boolean): State {
  return mapped(state, (entry) => (isAll || entry.isLeft ? { ...entry, isOver: true } : entry))
}

function mapped({ current, pending, ...rest }: State, map: (entry: Entry) => Entry): State {
  return { ...rest, current: map(current), ...(pending && { pending: map(pending) }) }
}
