import { rename, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Family } from '@rekey/rekey/internal'
import type { Frontends } from './frontends.ts'
import type { PlannedReplica } from './plan-services.ts'
import type { ServiceStarter } from './start-services.ts'

/** Lets replicas come and go, and lists them in a file as an autoscaler would. */
export interface Autoscaler {
  /** The entry of the family's `fleet` that finds them. */
  readonly fleetEntry: NonNullable<Family['fleet']>[number]
  /**
   * Begins. Once the signal aborts, ends with how many have come and gone: at least those of one column have.
   *
   * @param frontends gets each frontend while it is there
   */
  run(frontends: Frontends, signal: AbortSignal): Promise<number>
}

interface AutoscalerParts {
  /** Replicas that come and go together: one of each service, in the order of starting, frontend last. */
  readonly columns: readonly (readonly PlannedReplica[])[]
  readonly file: string
  readonly starter: ServiceStarter
}

/** How long a column stays for each that there is, so that starts take a share of the machine that does not grow with their number. */
const STAY_MS = 3_000
/** How long a replica is known to be leaving before it stops. */
const LEAVE_MS = 1_000

/** Creates an autoscaler, with an empty list in its file. */
export async function createAutoscaler({
  columns,
  file,
  starter,
}: AutoscalerParts): Promise<Autoscaler> {
  await listReplicas(file, [])
  return {
    fleetEntry: { file, url: 'https://{host}:{callers}' },
    async run(frontends, signal) {
      let gone = 0
      const isOver = () => signal.aborted && gone > 0
      const parts = { list: createList(file), turns: createTurns(), isOver }
      const host = { starter, frontends, signal, ...parts, stayMs: columns.length * STAY_MS }
      const comeAndGo = async (column: readonly PlannedReplica[]) => {
        while (!isOver()) gone += await visit(column, host)
      }
      await Promise.all(columns.map(comeAndGo))
      return gone
    },
  }
}

interface Host {
  readonly starter: ServiceStarter
  readonly frontends: Frontends
  readonly signal: AbortSignal
  readonly list: ReturnType<typeof createList>
  /** One column starts after the other, since each takes a machine some seconds. */
  readonly turns: ReturnType<typeof createTurns>
  readonly stayMs: number
  readonly isOver: () => boolean
}

/** Replicas are listed from when they are ready until they begin to leave, which is once their frontend is not used. Returns how many came. */
async function visit(
  column: readonly PlannedReplica[],
  { starter, frontends, signal, list, turns, stayMs, isOver }: Host,
): Promise<number> {
  const children = await turns.take(() =>
    Promise.all(isOver() ? [] : column.map((replica) => starter.one(replica))),
  )
  if (children.length === 0) return 0
  await list.change((listed) => listed.add(column))
  const url = column.at(-1)?.url ?? ''
  frontends.add(url)
  await delay(stayMs, undefined, { signal }).catch(() => undefined)
  await frontends.remove(url)
  await list.change((listed) => listed.delete(column))
  await delay(LEAVE_MS)
  for (const child of children.toReversed()) await child.stop()
  return children.length
}

/** Lets one piece of work begin once the one before it has ended. */
function createTurns() {
  let last: Promise<unknown> = Promise.resolve()
  return {
    take<T>(work: () => Promise<T>): Promise<T> {
      const mine = last.then(work)
      last = mine.catch(() => undefined)
      return mine
    },
  }
}

/** The columns that are listed; one write follows the other. */
function createList(file: string) {
  const listed = new Set<readonly PlannedReplica[]>()
  const turns = createTurns()
  return {
    change(work: (columns: typeof listed) => unknown): Promise<void> {
      work(listed)
      return turns.take(() => listReplicas(file, [...listed].flat()))
    },
  }
}

/** Lists replicas for the fleet. Replaces the file as a whole, so that it is never seen half written. */
export async function listReplicas(
  file: string,
  replicas: readonly PlannedReplica[],
): Promise<void> {
  const groups = replicas.map(({ service, url, healthUrl }) => ({
    targets: [new URL(healthUrl).host],
    labels: { service, callers: new URL(url).port },
  }))
  await writeFile(`${file}.new`, JSON.stringify(groups))
  await rename(`${file}.new`, file)
}
