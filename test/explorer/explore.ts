/** Decides what happens next in one run: which of `options`. `state` names the state in which that is asked. */
export type Choose = (options: number, state: () => string) => number

/** Ends a run in a state from which everything was explored already. */
const EXPLORED = new Error('this state was explored')

/** The extent of an exploration. */
export interface Explored<Violation> {
  readonly runs: number
  /** States in which something was to be chosen, and final ones. */
  readonly states: number
  readonly violation?: Violation
}

interface Taken {
  taken: number
  readonly options: number
}

/**
 * Explores every run of a world, depth first, until one violates an invariant. A run cannot be copied, so it is repeated: each follows
 * the choices of the one before up to the last that had another option. It ends where it meets a state that another run came from.
 *
 * P. Godefroid, "Partial-Order Methods for the Verification of Concurrent Systems" (LNCS 1032, 1996), chapter 2.
 */
export async function explore<Violation>(
  runOnce: (choose: Choose) => Promise<Violation | undefined>,
): Promise<Explored<Violation>> {
  const seen = new Set<string>()
  const path: Taken[] = []
  for (let runs = 1; ; runs += 1) {
    const violation = await runOnce(follow(path, seen)).catch(unlessExplored)
    const counts = { runs, states: seen.size }
    if (violation !== undefined) return { ...counts, violation }
    while (isDone(path.at(-1))) path.pop()
    const last = path.at(-1)
    if (last === undefined) return counts
    last.taken += 1
  }
}

/** Follows `path`, then takes the first option of each new state. */
function follow(path: Taken[], seen: Set<string>): Choose {
  let at = 0
  return (options, state) => {
    const known = path[at]
    at += 1
    if (known !== undefined) return known.taken
    const name = state()
    if (seen.has(name)) throw EXPLORED
    seen.add(name)
    path.push({ taken: 0, options })
    return 0
  }
}

function isDone(choice: Taken | undefined): boolean {
  return choice !== undefined && choice.taken + 1 >= choice.options
}

function unlessExplored(error: unknown): undefined {
  if (error !== EXPLORED) throw error
}
