import type { Outcome } from './authenticate.ts'

/** Calls `then` with the outcome: at once if it is there, so that a known key costs no turn of the event loop. */
export function onceJudged(
  outcome: Outcome | Promise<Outcome>,
  then: (outcome: Outcome) => void,
  fail: (error: unknown) => void,
): void {
  if (outcome instanceof Promise) outcome.then(then).catch(fail)
  else then(outcome)
}
