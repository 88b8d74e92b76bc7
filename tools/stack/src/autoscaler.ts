import { rename, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Family } from '@rekey/family'
import type { PlannedReplica } from './plan-services.ts'
import type { ServiceStarter } from './start-services.ts'

/** Lets replicas come and go, and lists them in a file as an autoscaler would. */
export interface Autoscaler {
  /** The entry of the family's `fleet` that finds them. */
  readonly fleetEntry: NonNullable<Family['fleet']>[number]
  /** Begins. Once the signal aborts, ends with how many have come and gone: at least one has. */
  run(signal: AbortSignal): Promise<number>
}

interface AutoscalerParts {
  readonly visitors: readonly PlannedReplica[]
  readonly file: string
  readonly starter: ServiceStarter
}

/** How long a replica stays, and how long it is known to be leaving before it stops. */
const STAY_MS = 3_000
const LEAVE_MS = 1_000

/** Creates an autoscaler, with an empty list in its file. */
export async function createAutoscaler(parts: AutoscalerParts): Promise<Autoscaler> {
  const { visitors, file } = parts
  await listReplicas(file, [])
  return {
    fleetEntry: { file, url: 'https://{host}:{callers}' },
    async run(signal) {
      let gone = 0
      while (gone === 0 || !signal.aborted) {
        const visitor = visitors[gone % visitors.length]
        if (visitor === undefined) return gone
        await visit(visitor, parts)
        gone += 1
      }
      return gone
    },
  }
}

/** A replica is listed from when it is ready until it begins to leave. */
async function visit(visitor: PlannedReplica, { file, starter }: AutoscalerParts): Promise<void> {
  const child = await starter.one(visitor)
  await listReplicas(file, [visitor])
  await delay(STAY_MS)
  await listReplicas(file, [])
  await delay(LEAVE_MS)
  await child.stop()
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
