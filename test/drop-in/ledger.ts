import { OWNER } from './rotating-database.ts'

/** One piece of work of an application, with an id of its own to write. */
export type Work = (id: number) => Promise<Done>

/** What a piece of work did, by its own account. */
interface Done {
  readonly queries: number
  /** The `session_user` that it saw. */
  readonly login: string
  /** The row of `notes` that must be there afterwards. */
  readonly kept?: number
}

/** The books of a run. */
export interface Ledger {
  queries: number
  rotations: number
  readonly failures: unknown[]
  readonly logins: Set<string>
  readonly kept: number[]
}

/** How long a run must go on, and what happens in between. */
export interface RunOptions {
  readonly queries: number
  readonly rotations: number
  /** Changes the login; what comes before and after may be part of it. */
  readonly rotate: (rotation: number) => Promise<unknown>
}

const WORKERS = 20

/**
 * Twenty workers take turns at `works` while the login changes again and again, until there were as many queries and as many
 * rotations as are asked for.
 */
export async function runAcrossRotations(
  works: readonly Work[],
  { queries, rotations, rotate }: RunOptions,
): Promise<Ledger> {
  const ledger: Ledger = { queries: 0, rotations: 0, failures: [], logins: new Set(), kept: [] }
  let [nextId, isOver] = [1, false]
  const work = async () => {
    while (!isOver) {
      const id = nextId++
      await works[id % works.length]?.(id)
        .then(enter)
        .catch((error: unknown) => ledger.failures.push(error))
    }
  }
  const enter = (done: Done) => {
    if (!done.login.startsWith(`${OWNER}_g`))
      throw new Error(`Not a login of ${OWNER}: ${done.login}`)
    ledger.queries += done.queries
    ledger.logins.add(done.login)
    if (done.kept !== undefined) ledger.kept.push(done.kept)
  }
  const workers = Array.from({ length: WORKERS }, work)
  try {
    while (ledger.rotations < rotations || ledger.queries + ledger.failures.length < queries) {
      await rotate(ledger.rotations + 1)
      ledger.rotations += 1
    }
  } finally {
    isOver = true
    await Promise.all(workers)
  }
  return ledger
}
