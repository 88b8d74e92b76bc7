import type { State } from './journal-state.ts'

/** Real rotators at a real journal, of which the moves of the model are asked one by one. */
export interface Replay {
  /** What can be seen between two calls. */
  shows(): Promise<object>
  /** The same of a state of the model. */
  shownOf(state: State): object
  /** Lets a rotator that stands as it does in `before` make its call. */
  call(before: State, who: number, isLost: boolean): Promise<void>
  kill(who: number): void
  /** Ends the leases that have ended in the model. */
  endLeases(state: State): Promise<void>
}

export type OpenReplay = (urgent: readonly boolean[]) => Promise<Replay>

type Act = (real: Replay, before: State, after: State, who: number) => Promise<void> | void

const endLeases: Act = (real, _before, after) => real.endLeases(after)
const ACTS = new Map<string, Act>([
  ['call', (real, before, _after, who) => real.call(before, who, false)],
  ['lost reply', (real, before, _after, who) => real.call(before, who, true)],
  [
    'crash',
    (real, _before, _after, who) => {
      real.kill(who)
    },
  ],
  ['lease end', endLeases],
  ['standstill', endLeases],
])

/** Lets happen to the real journal what happened to the model. */
export async function act(
  real: Replay,
  what: string,
  who: number,
  [before, after]: readonly [State, State],
) {
  await ACTS.get(what)?.(real, before, after, who)
}
