import type { RotationEvent } from '../journal/journal.ts'
import type { Clock } from '@rekey/secret'
import { NEEDS_A_PERSON } from '../commands/failure.ts'
import type { TurnBook } from '../commands/take-turns.ts'

/** Where a secret stands for a controller. `stuck`: it failed, and goes on once a person has mended the cause. */
export type TurnState = 'settled' | 'rotating' | 'failing' | 'stuck'

/** A secret that has just become stuck. */
export interface Stuck {
  readonly secret: string
  /** The exit code of its last turn. */
  readonly exitCode: number
  /** How many turns in a row failed. */
  readonly tries: number
  /** The replicas that do not answer, where that is the cause. */
  readonly absent?: string
}

/** The wait of a step that is under way. */
export interface Wait {
  readonly step: RotationEvent['step']
  /** How many replicas; 0 where it waits for something else, as for the silence of a version. */
  readonly replicas: number
}

interface Failing {
  readonly tries: number
  readonly isStuck: boolean
  /** The addresses of replicas that do not answer, apart by spaces. */
  readonly absent?: string
  /** On `Clock.elapsed`. */
  readonly againAt: number
}

/** A failure that may pass by itself needs a person too once it came so often in a row. */
const LASTING_TRIES = 3
const FIRST_PAUSE_MS = 60_000
const LONGEST_PAUSE_MS = 3_600_000

const DONE = 0
const BUSY = 3

/**
 * Keeps what came of each turn. A secret that failed has its next turn after a minute, after twice as long each time, and at most an hour;
 * the others do not wait for it.
 */
export class TurnLedger implements TurnBook {
  readonly #clock: Clock
  readonly #onStuck: (stuck: Stuck) => void
  readonly #failing = new Map<string, Failing>()
  /** Those whose turn it is, and what each waits for. */
  readonly #rotating = new Map<string, Wait | undefined>()
  /** Of secrets whose turn has just ended for that. */
  readonly #absent = new Map<string, string>()
  /** Secrets that an emergency took over from a turn which has just ended for that. */
  readonly #takenOver = new Set<string>()
  readonly #ends = new Map<string, Map<number, number>>()

  constructor(clock: Clock, onStuck: (stuck: Stuck) => void) {
    this.#clock = clock
    this.#onStuck = onStuck
  }

  may(secret: string): boolean {
    const { againAt = -Infinity } = this.#failing.get(secret) ?? {}
    return this.#clock.elapsed() >= againAt
  }

  began(secret: string): void {
    this.#rotating.set(secret, undefined)
  }

  ended(secret: string, code: number): void {
    this.#rotating.delete(secret)
    const ends = this.#ends.get(secret) ?? new Map<number, number>()
    this.#ends.set(secret, ends.set(code, (ends.get(code) ?? 0) + 1))
    if (code === DONE) this.#failing.delete(secret)
    else this.#fail(secret, code)
  }

  /** Notes which replicas keep a rotation from its end, before that turn ends. */
  noteAbsent(secret: string, replicas: string): void {
    this.#absent.set(secret, replicas)
  }

  /** Notes what a step waits for, until the next step or the end of the turn. */
  noteWait({ secret, step, phase, replicas = [] }: RotationEvent): void {
    if (phase === 'alarm') return
    const wait = phase === 'waiting' ? { step, replicas: replicas.length } : undefined
    this.#rotating.set(secret, wait)
  }

  /** Notes that an emergency has taken a secret over, before the turn of the secret ends. */
  noteTakenOver(secret: string): void {
    this.#takenOver.add(secret)
  }

  /** Nothing is being rotated any more. */
  rest(): void {
    this.#rotating.clear()
  }

  stateOf(secret: string): TurnState {
    if (this.#rotating.has(secret)) return 'rotating'
    const failing = this.#failing.get(secret)
    if (failing === undefined || failing.tries === 0) return 'settled'
    return failing.isStuck ? 'stuck' : 'failing'
  }

  /** The wait of the step of a secret; nothing while none waits. */
  waitOf(secret: string): Wait | undefined {
    return this.#rotating.get(secret)
  }

  /** The replicas that did not answer when the last turn of a secret failed for that. */
  absentAt(secret: string): readonly string[] {
    return this.#failing.get(secret)?.absent?.split(' ') ?? []
  }

  /** How often the turns of each secret ended, by exit code. */
  get ends(): ReadonlyMap<string, ReadonlyMap<number, number>> {
    return this.#ends
  }

  #fail(secret: string, exitCode: number): void {
    const before = this.#failing.get(secret)
    const isOfAnother = exitCode === BUSY || this.#takenOver.delete(secret)
    const tries = (before?.tries ?? 0) + (isOfAnother ? 0 : 1)
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, tries - 1))
    const absent = this.#absent.get(secret)
    this.#absent.delete(secret)
    const lasts = NEEDS_A_PERSON.has(exitCode) || absent !== undefined || tries >= LASTING_TRIES
    const isStuck = isOfAnother ? (before?.isStuck ?? false) : lasts
    const cause = absent !== undefined && { absent }
    const againAt = this.#clock.elapsed() + pauseMs
    this.#failing.set(secret, { tries, isStuck, againAt, ...cause })
    if (!isStuck || before?.isStuck === true) return
    this.#onStuck({ secret, exitCode, tries, ...cause })
  }
}
