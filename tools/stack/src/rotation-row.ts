import type { RotationEvent } from '@rekey/rekey/internal/engine'
import type { LoadCounts } from './load.ts'
import type { Part } from './screen.ts'

/** Which rotation of a run it is. */
export interface Turn {
  readonly nth: number
  /** Of how many; absent where it is not known before the end. */
  readonly of?: number
}

const STEPS = ['generate', 'stage', 'admit', 'prove', 'promote', 'confirm', 'revoke']
/** So that a row ends within 80 columns, but for what is waited for. */
const [NAME_WIDTH, STATE_WIDTH] = [32, 8]

/** One rotation as a row of a terminal: which one it is, its secret, a mark for each of the seven steps, and what it is at. */
export class RotationRow {
  readonly name: string
  readonly #turn: Turn
  readonly #beganMs: number
  #atMs: number
  #done = 0
  #event: RotationEvent
  #counts: LoadCounts

  constructor(event: RotationEvent, counts: LoadCounts, turn: Turn, atMs: number) {
    this.name = event.secret
    this.#turn = turn
    this.#beganMs = this.#atMs = atMs
    this.#event = event
    this.#counts = counts
  }

  /** Takes the next event of this rotation. */
  note(event: RotationEvent, counts: LoadCounts, atMs: number): void {
    this.#event = event
    this.#counts = counts
    this.#atMs = atMs
    const nth = STEPS.indexOf(event.step)
    // A rotation that is resumed begins with a later step.
    if (nth >= 0) this.#done = event.phase === 'end' ? nth + 1 : Math.max(this.#done, nth)
  }

  /** The row while the rotation goes on. */
  live(): Part[] {
    const { step, phase, message } = this.#event
    const wait = phase === 'waiting' && message !== undefined ? `  ${message}` : ''
    return this.#parts([step.padEnd(STATE_WIDTH)], [wait, 'dim'])
  }

  /** The row once the rotation is over: how long it took, or the step after which nothing came of it. */
  settled(): Part[] {
    const seconds = `${((this.#atMs - this.#beganMs) / 1_000).toFixed(1)} s`
    const isDone = this.#done === STEPS.length
    return this.#parts(
      isDone ? [seconds.padStart(STATE_WIDTH)] : [this.#event.step.padEnd(STATE_WIDTH), 'yellow'],
    )
  }

  #parts(state: Part, ...rest: readonly Part[]): Part[] {
    const { nth, of } = this.#turn
    const { requests, failures } = this.#counts
    const turn = of === undefined ? String(nth) : `${String(nth).padStart(String(of).length)}/${of}`
    return [
      [`${turn} `, 'dim'],
      [`${this.name.padEnd(NAME_WIDTH)} `],
      ['▰'.repeat(this.#done), 'green'],
      ['▱'.repeat(STEPS.length - this.#done), 'dim'],
      [' '],
      state,
      [` ${String(requests).padStart(5)} requests `],
      failures > 0 ? [`${failures} failed`, 'red'] : ['0 failed'],
      ...rest,
    ]
  }
}
