import { dueRotations, type ScheduledRotation } from '../engine/schedule/schedule-rotations.ts'
import { describeTurn } from './describe.ts'
import { OVERDUE } from './failure.ts'
import { type Members, WatchedFamily } from './members.ts'
import { type DueRun, takeTurns } from './take-turns.ts'

/**
 * Rotates what is due, and goes on with the others when one fails: each has one turn. When all had theirs, what has come due meanwhile
 * has its.
 *
 * @returns the exit codes of all that was tried or put off
 */
export async function runDue(run: DueRun): Promise<readonly number[]> {
  const { rotator, printer, signal, policies, clock } = run
  const watched = new WatchedFamily(rotator, signal)
  await watched.look()
  const codes = new Map<string, number>()
  const book = {
    may: (secret: string) => !codes.has(secret),
    ended: (secret: string, code: number) => void codes.set(secret, code),
  }
  await takeTurns({ run, watched, book })
  const { family } = watched
  const due = dueRotations({ ...family, policies, now: new Date(clock.now()) })
  const left = due.filter(({ secret }) => book.may(secret))
  if (codes.size === 0 && left.length === 0) printer.note('nothing is due')
  return [...codes.values(), ...tellRest({ family, left }, run)]
}

/** Names what was put off and what cannot be read, and gives their exit codes. */
function tellRest(
  { family, left }: { family: Members; left: readonly ScheduledRotation[] },
  { printer, clock }: DueRun,
): number[] {
  const now = new Date(clock.now())
  for (const turn of left) {
    const { secret, putOff, outside } = turn
    const wait = outside ? { until: outside.opensAt, window: outside.window } : putOff
    const text = `${secret} is ${describeTurn(turn, now)}`
    printer.line({ type: 'put-off', secret, outcome: 'put off', ...wait }, text)
  }
  const exitCodes = family.unreadable.map(({ secret, error }) => printer.failed(secret, error))
  return left.some(({ isOverdue }) => isOverdue) ? [...exitCodes, OVERDUE] : exitCodes
}
