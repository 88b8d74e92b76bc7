import { Moment } from '@rekey/secret/internal'
import {
  type Acknowledgement,
  type Answer,
  attemptsOf,
  lookUntil,
  nameOf,
  type Patience,
  patienceOf,
  reaches,
  timedOut,
  type WaitOptions,
} from '@rekey/secret/internal/kind'
import type { StepContext } from '@rekey/secret/kind'
import type { Ended } from './signing-rotation.ts'
import { LONGEST_WAIT_MS, waitOrPostpone } from './wait-or-postpone.ts'

/** The journal's record of the wait for the end of what a version signed, so that the next run resumes it. */
interface Record {
  readonly version: string
  /** By the wall clock of the rotator, the only one that two runs have in common. */
  readonly since: number
  /** How often each replica has begun to sign with it, and since when the replica counts. */
  readonly uses: readonly (readonly [replica: string, since: number, uses: number])[]
}

/** Options of {@link outlive}. */
export interface OutliveOptions extends WaitOptions {
  /** The secret's name in the store. */
  readonly name: string
  readonly service: string
  /** How long what is signed lives. */
  readonly lifeMs: number
  /** Why it waits, in words. */
  readonly why: string
}

/**
 * Returns the wait until all that a version signed has reached its end: for its whole life since a moment after which no replica signed with
 * it. A replica that does so begins the wait anew. One that does not answer is waited for at the end, since it may have. It throws
 * `unreachable` naming the replicas that sign with it still, or do not answer, when the deadline passes.
 */
export function outlive(options: OutliveOptions): Ended {
  const patience = patienceOf(options, options.name)
  return ({ version }, current, context) => {
    const hasLeft = reaches('in-use', current).met
    return untilItsEnd(version, { ...options, ...patience, hasLeft }, context)
  }
}

interface EndOptions extends Patience, Omit<OutliveOptions, keyof WaitOptions> {
  /** Whether a replica signs with another version. */
  readonly hasLeft: (acknowledgement: Acknowledgement) => boolean
}

async function untilItsEnd(
  version: string,
  options: EndOptions,
  context: StepContext,
): Promise<void> {
  const { lifeMs, pollMs, deadlineMs, fleet, why } = options
  const { clock, signal } = context
  const deadline = clock.elapsed() + Math.min(lifeMs, LONGEST_WAIT_MS) + deadlineMs
  const signers = new Signers(version, context)
  for (;;) {
    const look = () => fleet.acknowledgements(options, signal)
    const answers = await lookUntil(look, { pollMs, deadline }, context)
    const late = answers.filter(({ ack }) => ack === undefined || !options.hasLeft(ack))
    await signers.look(answers, late)
    const leftMs = Math.max(0, lifeMs - signers.silentMs)
    if (leftMs === 0 && late.length === 0) return
    if (late.length > 0 && clock.elapsed() >= deadline) {
      const names = late.map(({ replica }) => replica.healthUrl).join(', ')
      throw timedOut(`${names} may still sign with the old one`, late)
    }
    await waitOrPostpone({ leftMs: leftMs || pollMs, pollMs, why }, context)
  }
}

/** Since when no replica has begun to sign with a version. */
class Signers {
  readonly #version: string
  readonly #context: StepContext
  readonly #uses: Map<string, readonly [since: number, uses: number]>
  #since: Moment | undefined

  constructor(version: string, context: StepContext) {
    const { outliving } = (context.progress ?? {}) as { outliving?: Record }
    const before = outliving?.version === version ? outliving : undefined
    this.#version = version
    this.#context = context
    this.#since = before && Moment.recorded(context.clock, before.since)
    this.#uses = new Map(before?.uses.map(([replica, ...counts]) => [replica, counts]))
  }

  get silentMs(): number {
    return this.#since?.agoMs ?? 0
  }

  /** Takes a look, and writes down when the wait begins. */
  async look(answers: readonly Answer[], late: readonly Answer[]): Promise<void> {
    const changed = answers.filter((answer) => this.#note(answer))
    const hasBegun = changed.some((answer) => this.#uses.get(nameOf(answer))?.[1] !== 0)
    const isUsed = hasBegun || late.some(({ ack }) => ack !== undefined)
    if (this.#since !== undefined && !isUsed) return
    this.#since = Moment.at(this.#context.clock)
    const uses = Array.from(this.#uses, ([replica, counts]) => [replica, ...counts] as const)
    const outliving: Record = { version: this.#version, since: this.#since.wallMs, uses }
    await this.#context.saveProgress({ outliving })
  }

  /** Whether a replica is new, was started anew, or has begun to sign with the version once more. */
  #note(answer: Answer): boolean {
    if (answer.ack === undefined) return false
    const { since, attempts } = attemptsOf(answer.ack, this.#version)
    const [sinceBefore, usesBefore] = this.#uses.get(nameOf(answer)) ?? []
    if (since === sinceBefore && attempts === usesBefore) return false
    this.#uses.set(nameOf(answer), [since, attempts])
    return true
  }
}
