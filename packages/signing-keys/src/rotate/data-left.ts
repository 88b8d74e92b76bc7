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
 * Returns the wait until each replica that counts has found nothing twice, in counts that began after it. One that does not answer is left
 * to the silence, and behind where the secret has leaked.
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
    const judge = createCounts(old, current)
    const begun = clock.elapsed()
    let wasLeft = false
    let deadline = begun + deadlineMs
    for (;;) {
      const { awaited } = reaches('loaded', old)
      const look = () => fleet.acknowledgements({ ...patience, awaited, waitMs: pollMs }, signal)
      const answers = await lookUntil(look, { pollMs, deadline }, context)
      const { late, rows, isOver } = judge(answers)
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

/** Looks at the counts of the replicas since a wait began. */
function createCounts({ version }: SecretVersion, current: SecretVersion) {
  const { met } = reaches('in-use', current)
  /** By the replica, when the wait began. */
  const first = new Map<string, readonly [since: number, counts: number]>()
  const leftIn = ({ ack }: Answer) => ack?.usage.left?.[version]
  const foundNothingTwice = (answer: Answer) => {
    const { rows, counts = 0 } = leftIn(answer) ?? {}
    const since = answer.ack?.usage.since ?? 0
    const [sinceBefore, countsBefore = 0] = first.get(nameOf(answer)) ?? []
    // One that was started anew counts from zero.
    if (sinceBefore !== since) first.set(nameOf(answer), [since, counts])
    return sinceBefore === since && rows === 0 && counts >= countsBefore + 2
  }
  return (answers: readonly Answer[]) => {
    const counting = answers.filter((answer) => leftIn(answer) !== undefined)
    const uncounted = counting.filter((answer) => !Number.isSafeInteger(leftIn(answer)?.rows))
    const behind = answers.filter(({ ack }) => ack !== undefined && !met(ack))
    const isOver = counting.map(foundNothingTwice).every(Boolean)
    const late = lateOf(answers, { counting, uncounted, behind })
    const known = counting.map((answer) => Number(leftIn(answer)?.rows))
    const rows = Math.max(0, ...known.filter(Number.isSafeInteger))
    return { late, rows, isOver: late === undefined && isOver }
  }
}

/** Why there is nothing to judge yet, if so. */
function lateOf(
  answers: readonly Answer[],
  {
    counting,
    uncounted,
    behind,
  }: Readonly<Record<'counting' | 'uncounted' | 'behind', readonly Answer[]>>,
): { readonly why: string; readonly absent: readonly Answer[] } | undefined {
  const names = (of: readonly Answer[]) => of.map(nameOf).join(', ')
  if (behind.length > 0)
    return { why: `${names(behind)} may still encrypt with the old one`, absent: [] }
  if (uncounted.length > 0) {
    const why = `${names(uncounted)} has no count of what is left: its reencrypt has not ended, failed, or returned no number`
    return { why, absent: [] }
  }
  if (counting.length > 0) return undefined
  const why =
    'no replica counts the data that is left under the old key: give followFieldKey reencrypt'
  return { why, absent: answers }
}
