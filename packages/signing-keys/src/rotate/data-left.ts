import type { SecretVersion } from '@rekey/secret'
import {
  type Answer,
  lookUntil,
  nameOf,
  patienceOf,
  reaches,
  timedOut,
  waitForSilence,
  type WaitOptions,
} from '@rekey/secret/internal/kind'
import type { Ended } from './signing-rotation.ts'
import { LONGEST_WAIT_MS } from './wait-or-postpone.ts'

/** Data of which the replicas of a service report how much is left under an old key. */
export interface DataOptions extends WaitOptions {
  /** The secret's name in the store. */
  readonly name: string
  readonly service: string
  /** How long no replica may have used the old key. A transaction that writes a field ends within it. */
  readonly validationMs: number
}

/**
 * Returns the wait until no data is left under an old key that no replica uses: its data is counted once more after the silence, since a transaction
 * that was open before the last use may have written some.
 */
export function untilUnused(options: DataOptions): Ended {
  const nothingLeft = untilNothingIsLeft(options)
  const patience = { ...options, ...patienceOf(options, options.name) }
  return async (old, current, context) => {
    do {
      await nothingLeft(old, current, context)
      await waitForSilence(old, patience, context)
    } while (await nothingLeft(old, current, context))
  }
}

/**
 * Returns the wait until each replica that counts has found nothing twice, in counts that began after it. In an emergency a replica that
 * does not answer is left behind, and data that is left still keeps its key.
 *
 * @returns whether there was some
 */
export function untilNothingIsLeft(
  options: DataOptions,
): (...of: Parameters<Ended>) => Promise<boolean> {
  const { service } = options
  const patience = { ...patienceOf(options, options.name), service }
  const { fleet, pollMs, deadlineMs } = patience
  return async (old, current, context) => {
    const { clock, signal } = context
    const counted = new Counts(old, current, context.compromised)
    const begun = clock.elapsed()
    let wasLeft = false
    let deadline = begun + deadlineMs
    for (;;) {
      const { awaited } = reaches('loaded', old)
      const look = () => fleet.acknowledgements({ ...patience, awaited, waitMs: pollMs }, signal)
      const { late, rows, isOver } = counted.look(
        await lookUntil(look, { pollMs, deadline }, context),
      )
      if (isOver) return wasLeft
      wasLeft ||= rows > 0
      if (late === undefined) deadline = clock.elapsed() + deadlineMs
      else if (clock.elapsed() >= deadline) throw timedOut(late.why, late.absent)
      const why =
        rows > 0
          ? `${rows} rows are left under the old key`
          : 'no row is left under the old key: they are counted once more'
      const isLong = rows > 0 && clock.elapsed() - begun >= LONGEST_WAIT_MS
      if (isLong) await context.postpone(LONGEST_WAIT_MS, why)
      context.waiting(late?.why ?? why)
      await clock.sleep(pollMs, signal, { keepAlive: true })
    }
  }
}

/** The counts of the replicas since a wait began. */
class Counts {
  readonly #old: string
  readonly #current: SecretVersion
  readonly #compromised: boolean
  /** By the replica, when the wait began. */
  readonly #first = new Map<string, readonly [since: number, counts: number]>()

  constructor({ version }: SecretVersion, current: SecretVersion, compromised: boolean) {
    this.#old = version
    this.#current = current
    this.#compromised = compromised
  }

  look(answers: readonly Answer[]) {
    const there = answers.filter(({ ack }) => ack !== undefined)
    const counting = there.filter((answer) => this.#leftIn(answer) !== undefined)
    const known = counting.map((answer) => this.#leftIn(answer)?.rows)
    const uncounted = counting.filter((_, at) => !Number.isSafeInteger(known[at]))
    const isOver = counting.map((answer) => this.#foundNothingTwice(answer)).every(Boolean)
    const late = this.#lateOf(answers, { counting, uncounted })
    const rows = Math.max(0, ...known.map(Number).filter(Number.isSafeInteger))
    return { late, rows, isOver: late === undefined && isOver }
  }

  #lateOf(
    answers: readonly Answer[],
    { counting, uncounted }: Readonly<Record<'counting' | 'uncounted', readonly Answer[]>>,
  ) {
    const { met } = reaches('in-use', this.#current)
    const absent = answers.filter(({ ack }) => ack === undefined)
    const behind = answers.filter(({ ack }) => ack !== undefined && !met(ack))
    const waited = [...behind, ...(this.#compromised ? [] : absent)]
    const names = (of: readonly Answer[]) => of.map(nameOf).join(', ')
    if (waited.length > 0)
      return { why: `${names(waited)} may still encrypt with the old one`, absent: waited }
    if (uncounted.length > 0) {
      const why = `${names(uncounted)} has no count of what is left: its reencrypt has not ended, failed, or returned no number`
      return { why, absent: [] }
    }
    if (counting.length > 0) return undefined
    const why = `no replica counts the data that is left under the old key: give followFieldKey reencrypt`
    return { why, absent: [] }
  }

  #leftIn({ ack }: Answer) {
    return ack?.usage.left?.[this.#old]
  }

  #foundNothingTwice(answer: Answer): boolean {
    const { rows, counts = 0 } = this.#leftIn(answer) ?? {}
    const since = answer.ack?.usage.since ?? 0
    const before = this.#first.get(nameOf(answer))
    const isSame = before?.[0] === since
    if (!isSame) this.#first.set(nameOf(answer), [since, counts])
    return isSame && rows === 0 && counts >= before[1] + 2
  }
}
